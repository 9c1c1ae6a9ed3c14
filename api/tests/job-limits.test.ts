import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { jobLimits } from '../src/jobs/job-limits.ts';
import { Database } from '../src/stores/database.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('the limit of unfinished jobs', () => {
  let world: World;
  let database: Database;

  beforeAll(async () => {
    world = await World.create();
    const { database: config } = readConfig(world.variables());
    database = new Database(config, pino({ level: 'silent' }), () => undefined);
  });

  afterAll(async () => {
    await database.close();
    await world.destroy();
  });

  it('is looked up for all tenants that submit together in one statement, for each its own', async () => {
    const tenants = Array.from({ length: 60 }, (_, index) => ({ id: randomUUID(), unfinished: index % 3 }));
    for (const { id, unfinished } of tenants) {
      await world.sql("INSERT INTO tenants (id, name) VALUES ($1, 'Tests')", [id]);
      await world.sql(
        `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, status)
         SELECT gen_random_uuid(), $1, number::text, '', 'number.primes', '{}',
                CASE WHEN number > $2 THEN 'succeeded' WHEN number % 2 = 0 THEN 'queued' ELSE 'running' END
         FROM generate_series(1, 5) AS number`,
        [id, unfinished],
      );
    }
    const refusalOf = jobLimits(database, {
      unfinishedJobsPerTenant: 2,
      storedJobsPerTenant: 100,
      storedMibPerTenant: 100,
    });
    const query = vi.spyOn(database, 'query');
    const refusals = await Promise.all(tenants.map(({ id }) => refusalOf(id)));
    const counted = query.mock.calls.filter(([text]) => text.includes('unfinished'));

    expect(refusals.map((refusal) => refusal?.code)).toEqual(
      tenants.map(({ unfinished }) => (unfinished === 2 ? 'too_many_unfinished_jobs' : undefined)),
    );
    expect(counted).toHaveLength(1);
  });
});
