import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { listStatement, type ListOptions } from '../src/jobs/job-list.ts';
import type { ApiClient, JobBody } from './support/client.ts';
import { POSTGRES_USER } from './support/servers.ts';
import { World } from './support/world.ts';

interface PageBody {
  items: JobBody[];
  nextCursor: string | null;
}

const STORED = 20_000;

/** All statuses and kinds are there, job n was created n minutes ago. Of 1,000 jobs one failed. */
const FILL = `
  INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, status, created_at)
  SELECT gen_random_uuid(), $1, n, '', CASE n % 2 WHEN 0 THEN 'number.primes' ELSE 'text.statistics' END, '{}',
    CASE WHEN n % 1000 = 0 THEN 'failed' WHEN n % 5000 = 1 THEN 'cancelled' WHEN n % 5000 = 2 THEN 'running' ELSE 'succeeded' END,
    date_trunc('minute', now()) - make_interval(mins => n)
  FROM generate_series(1, ${STORED}) AS n`;

describe.skipIf(inject('skipReason'))('the list of jobs', () => {
  let world: World;
  let client: ApiClient;
  let tenantId: string;
  let postgres: Client;

  beforeAll(async () => {
    world = await World.create();
    ({ client } = await world.replica());
    await client.signUp();
    await world.sql(FILL, [(await client.signUp()).user.tenantId]);
    tenantId = (await client.signUp()).user.tenantId;
    await world.sql(FILL, [tenantId]);
    await world.sql('ANALYZE jobs');
    const { database } = world;
    postgres = new Client({ host: '127.0.0.1', port: inject('postgresPort'), user: POSTGRES_USER, database });
    await postgres.connect();
  });

  afterAll(async () => {
    await postgres.end();
    await world.destroy();
  });

  /** Page after page. */
  const list = async (query: string): Promise<JobBody[]> => {
    const jobs: JobBody[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: PageBody } = await client.get(
        `/api/v1/jobs?limit=7&${query}${cursor && `&cursor=${cursor}`}`,
      );
      jobs.push(...body.items);
      cursor = body.nextCursor;
    }
    return jobs;
  };

  it('has filters by status, kind and time, which go together', async () => {
    const times = await world.sql<{ from: Date; before: Date }>(
      `SELECT min(created_at) AS from, max(created_at) AS before FROM jobs WHERE tenant_id = $1 AND status = 'failed'`,
      [tenantId],
    );
    const [from, before] = [times[0]?.from.toISOString() ?? '', times[0]?.before.toISOString() ?? ''];

    expect((await list('status=failed&kind=number.primes')).length).toBe(STORED / 1_000);
    expect(await list('status=failed&kind=text.statistics')).toEqual([]);
    expect((await list('status=cancelled')).every(({ status }) => status === 'cancelled')).toBe(true);
    expect((await list(`status=failed&createdFrom=${from}`)).length).toBe(STORED / 1_000);
    expect((await list(`status=failed&createdBefore=${before}`)).length).toBe(STORED / 1_000 - 1);
    const minutes = (
      await list(`createdFrom=${from}&createdBefore=${before}&kind=number.primes&status=failed`)
    ).map(({ createdAt }) => createdAt);
    expect(minutes).toEqual(minutes.toSorted().reverse());
    expect([minutes.length, minutes.at(-1)]).toEqual([STORED / 1_000 - 1, from]);
  });

  it('is searched by an id or its beginning, of this tenant alone', async () => {
    const [job] = await list('status=failed');
    const id = job?.id ?? '';

    for (const beginning of [id, id.toUpperCase(), id.slice(0, 8), id.slice(0, 20)])
      expect((await list(`id=${beginning}`)).map((each) => each.id)).toEqual([id]);
    expect(await list(`id=${id}&status=succeeded`)).toEqual([]);
    const [others] = await world.sql<{ id: string }>('SELECT id FROM jobs WHERE tenant_id <> $1 LIMIT 1', [
      tenantId,
    ]);
    expect(await list(`id=${others?.id ?? ''}`)).toEqual([]);
    for (const wrong of ['0123456', '012345678', 'nonsense', `${id}0`])
      expect((await client.get(`/api/v1/jobs?id=${wrong}`)).status).toBe(400);
  });

  it('is counted by status, up to 1,000', async () => {
    expect((await client.get('/api/v1/jobs/counts')).body).toEqual({
      queued: 0,
      running: STORED / 5_000,
      succeeded: 1_000,
      failed: STORED / 1_000,
      cancelled: STORED / 5_000,
    });
  });

  it.each<[string, Omit<ListOptions, 'limit'>, RegExp]>([
    ['all', {}, /Index Scan using jobs_newest on/],
    ['a status', { status: 'failed' }, /Index Scan using jobs_newest_by_status/],
    ['a kind', { kind: 'number.primes' }, /Index Scan using jobs_newest on/],
    [
      'a time',
      { createdFrom: '2026-01-01T00:00:00Z', createdBefore: '2100-01-01T00:00:00Z' },
      /Index Scan using jobs_newest on/,
    ],
    ['a kind that is not there', { kind: 'none' }, /Index Scan using jobs_newest on/],
    ['an id', { id: '01234567' }, /Scan (using|on) jobs_pkey/],
  ])('is read by an index, with any values: %s', async (_name, options, index) => {
    const { text, values } = listStatement(tenantId, { limit: 20, ...options });
    const plan = await explain(text, values);

    expect(plan).toMatch(index);
    expect(plan).not.toMatch(/Seq Scan on jobs/);
    if (options.id === undefined) expect(plan).not.toMatch(/Sort Key/);
  });

  /** The plan that PostgreSQL keeps for a prepared statement, which knows no values. */
  const explain = async (text: string, values: readonly unknown[]): Promise<string> => {
    const literals = values.map((value) => (typeof value === 'number' ? value : `'${String(value)}'`));
    await postgres.query('SET plan_cache_mode = force_generic_plan');
    await postgres.query(`PREPARE listed AS ${text}`);
    const { rows } = await postgres.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN EXECUTE listed (${literals.join()})`,
    );
    await postgres.query('DEALLOCATE listed');
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
});
