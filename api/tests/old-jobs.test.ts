import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { deleteOldJobs } from '../src/jobs/old-jobs.ts';
import { runProgram } from './support/processes.ts';
import { POSTGRES_USER } from './support/servers.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('jobs of long ago', () => {
  let world: World;
  let client: Client;
  const tenantId = randomUUID();

  beforeAll(async () => {
    world = await World.create();
    const { database } = world;
    client = new Client({
      host: '127.0.0.1',
      port: inject('postgresPort'),
      user: POSTGRES_USER,
      database,
    });
    await client.connect();
    await world.sql("INSERT INTO tenants (id, name) VALUES ($1, 'Test')", [tenantId]);
  });

  afterAll(async () => {
    await client.end();
    await world.destroy();
  });

  /** With its effect, if it succeeded. */
  const job = async (status: string, daysAgo: number): Promise<string> => {
    const id = randomUUID();
    await world.sql(
      `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, status, created_at, finished_at)
       VALUES ($1, $2, $5, 'hash', 'number.primes', '{}', $3::text, now() - interval '1 year',
         CASE WHEN $3 NOT IN ('queued', 'running') THEN now() - make_interval(days => $4) END)`,
      [id, tenantId, status, daysAgo, id],
    );
    if (status === 'succeeded')
      await world.sql('INSERT INTO job_effects (job_id, tenant_id, units) VALUES ($1, $2, 1)', [
        id,
        tenantId,
      ]);
    return id;
  };
  const left = async (): Promise<string[]> =>
    (await world.sql<{ id: string }>('SELECT id FROM jobs')).map(({ id }) => id).sort();

  it('are deleted with their effects, batch after batch, and nothing else', async () => {
    for (const days of [91, 92, 93, 94, 95]) await job('succeeded', days);
    for (const days of [91, 200, 300]) await job('failed', days);
    for (const days of [91, 95, 400]) await job('cancelled', days);
    await world.sql(
      "INSERT INTO job_attempts SELECT id, 1, now(), now(), 'x' FROM jobs WHERE status = 'failed'",
    );
    const kept = [
      await job('succeeded', 89),
      await job('failed', 89),
      await job('cancelled', 89),
      await job('running', 200),
      await job('queued', 200),
    ];

    expect(await deleteOldJobs(client, 90, 2)).toBe(11);
    expect(await left()).toEqual(kept.toSorted());
    expect(await world.sql('SELECT job_id AS id FROM job_effects')).toEqual([{ id: kept[0] }]);
    expect(await world.sql('SELECT FROM job_attempts')).toEqual([]);
    expect(await deleteOldJobs(client, 90, 2)).toBe(0);
  });

  it.each(['succeeded', 'failed', 'cancelled'])('are looked for by an index, if they %s', async (status) => {
    await client.query('SET enable_seqscan = off');
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT id FROM jobs WHERE status = '${status}' AND finished_at < now() ORDER BY finished_at LIMIT 9`,
    );

    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`jobs_${status}`);
  });

  it('are deleted by the built program, which tells their number and is told their age', async () => {
    const old = [await job('succeeded', 31), await job('failed', 31)];
    const done = runProgram('dist/delete-old-jobs.js', world.variables(), ['30']);

    expect(await done.ended).toEqual([0, null]);
    expect(done.output()).toContain('"deleted":5');
    expect((await left()).filter((id) => old.includes(id))).toEqual([]);
    const failed = runProgram('dist/delete-old-jobs.js', world.variables({ DATABASE_PORT: '1' }), ['30']);
    expect(await failed.ended).toEqual([1, null]);
    for (const parameters of [[], ['0'], ['-1'], ['soon'], ['30', '60']]) {
      const wrong = runProgram('dist/delete-old-jobs.js', world.variables(), parameters);
      expect(await wrong.ended).toEqual([2, null]);
      expect(wrong.output()).toContain('Usage:');
    }
  });
});
