import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { readConfig } from '../src/config.ts';
import { jobLimits } from '../src/jobs/job-limits.ts';
import { Database } from '../src/stores/database.ts';
import { EXECUTIONS_PLANNED_ANEW, plansOf } from './support/statements.ts';
import { World } from './support/world.ts';

const LIMITS = { unfinishedJobsPerTenant: 2, storedJobsPerTenant: 100, storedMibPerTenant: 100 };

describe.skipIf(inject('skipReason'))('the limit of unfinished jobs', () => {
  let world: World;
  let database: Database;
  const connect = (poolSize: number): Database => {
    const { database: config } = readConfig(world.variables());
    return new Database({ ...config, poolSize }, pino({ level: 'silent' }), () => undefined);
  };

  beforeAll(async () => {
    world = await World.create();
    database = connect(10);
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
    const refusalOf = jobLimits(database, LIMITS);
    const query = vi.spyOn(database, 'query');
    const refusals = await Promise.all(tenants.map(({ id }) => refusalOf(id)));
    const counted = query.mock.calls.filter(([text]) => text.includes('unfinished'));

    expect(refusals.map((refusal) => refusal?.code)).toEqual(
      tenants.map(({ unfinished }) => (unfinished === 2 ? 'too_many_unfinished_jobs' : undefined)),
    );
    expect(counted).toHaveLength(1);
  });

  it('is looked up with one plan, whatever number of tenants submits together', async () => {
    const single = connect(1);
    for (let count = 0; count < EXECUTIONS_PLANNED_ANEW + 3; count++) {
      const refusalOf = jobLimits(single, LIMITS);
      await Promise.all(Array.from({ length: count + 1 }, () => refusalOf(randomUUID())));
    }
    const plans = await plansOf(single, 'AS unfinished');
    await single.close();

    expect(plans).toEqual([{ custom: String(EXECUTIONS_PLANNED_ANEW), kept: '3' }]);
  });
});
