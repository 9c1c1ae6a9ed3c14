import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { JobRows } from '../src/jobs/job-rows.ts';
import { createLogger } from '../src/observability/logger.ts';
import { Database } from '../src/stores/database.ts';
import { World } from './support/world.ts';

/** After so many executions PostgreSQL compares the cost of one plan for all with that of planning each. */
const EXECUTIONS_PLANNED_ANEW = 5;

describe.skipIf(inject('skipReason'))('the statements of starts and finishes', () => {
  let world: World;
  let database: Database;

  beforeAll(async () => {
    world = await World.create();
    const config = readConfig(world.variables());
    database = new Database(
      { ...config.database, poolSize: 1 },
      createLogger(config, { write: () => undefined }),
    );
  });

  afterAll(async () => {
    await database.close();
    await world.destroy();
  });

  it('keep one plan, which reads the jobs by an index', async () => {
    const rows = new JobRows(database, 1);
    for (let count = 0; count < EXECUTIONS_PLANNED_ANEW + 3; count++) {
      const message = await world.row('number.primes', { limit: 10 });
      await rows.start(message, 1);
      await rows.finish(message, { result: {}, units: 1 });
    }
    const plans = await database.query<{ name: string; custom: string; kept: string }>(
      'SELECT name, custom_plans AS custom, generic_plans AS kept FROM pg_prepared_statements ORDER BY name',
    );

    expect(plans).toEqual([
      { name: 'finish-jobs', custom: String(EXECUTIONS_PLANNED_ANEW), kept: '3' },
      { name: 'start-jobs', custom: String(EXECUTIONS_PLANNED_ANEW), kept: '3' },
    ]);
  });
});
