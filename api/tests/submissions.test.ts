import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { findJob } from '../src/jobs/jobs.ts';
import { type JobRequest, Submissions, type Submitted } from '../src/jobs/submissions.ts';
import { createLogger, type Logger } from '../src/observability/logger.ts';
import { Database } from '../src/stores/database.ts';
import { type Config, readConfig } from '../src/config.ts';
import { EXECUTIONS_PLANNED_ANEW, plansOf } from './support/statements.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('jobs that are submitted together', () => {
  let one: Database;
  let two: Database;
  const tenantId = randomUUID();
  let world: World;
  let config: Config;
  let logger: Logger;

  beforeAll(async () => {
    world = await World.create();
    await world.sql("INSERT INTO tenants (id, name) VALUES ($1, 'Tests')", [tenantId]);
    config = readConfig(world.variables());
    logger = createLogger(config, { write: () => undefined });
    one = new Database(config.database, logger, () => undefined);
    two = new Database(config.database, logger, () => undefined);
  });

  afterAll(async () => {
    await Promise.all([one.close(), two.close()]);
    await world.destroy();
  });

  const request = (idempotencyKey: string): JobRequest => ({
    kind: 'number.primes',
    payload: { limit: 100 },
    tenantId,
    userId: tenantId,
    idempotencyKey,
    requestId: 'request',
    traceparent: '',
  });
  const make = (database: Database): Submissions =>
    new Submissions(database, () => Promise.resolve(undefined));
  const keys = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
  const submit = (
    submissions: Submissions,
    all: readonly string[],
  ): Promise<PromiseSettledResult<Submitted>[]> =>
    Promise.allSettled(all.map((key) => submissions.submit(request(key))));

  it('are one transaction, and answered as they are stored', async () => {
    const some = keys(50);
    const answers = await submit(make(one), [...some, ...some.slice(0, 5)]);
    const submitted = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined));
    const transactions = await world.sql('SELECT DISTINCT xmin FROM jobs WHERE idempotency_key = ANY($1)', [
      some,
    ]);

    expect(transactions).toHaveLength(1);
    expect(submitted.filter((each) => each?.isNew)).toHaveLength(50);
    for (const each of submitted) expect(await findJob(one, tenantId, each?.job.id ?? '')).toEqual(each?.job);
    expect(await world.sql("SELECT DISTINCT message ->> 'jobId' FROM outbox")).toHaveLength(50);
  });

  it('fail alone', async () => {
    await world.sql("ALTER TABLE jobs ADD CONSTRAINT refuse CHECK (idempotency_key <> 'refused') NOT VALID");
    const others = keys(20);
    const answers = await submit(make(one), [...others, 'refused']);
    await world.sql('ALTER TABLE jobs DROP CONSTRAINT refuse');

    expect(answers.map(({ status }) => status)).toEqual([...Array<string>(20).fill('fulfilled'), 'rejected']);
    expect(await world.sql('SELECT FROM jobs WHERE idempotency_key = ANY($1)', [others])).toHaveLength(20);
  });

  it('never wait for each other in a circle, whatever the order of their keys', async () => {
    const replicas = [make(one), make(two)] as const;
    for (let round = 0; round < 20; round += 1) {
      const same = keys(100);
      const answers = await Promise.all([submit(replicas[0], same), submit(replicas[1], same.toReversed())]);
      const created = answers.flat().filter((each) => each.status === 'fulfilled' && each.value.isNew);

      expect(created).toHaveLength(100);
      expect(answers.flat().every(({ status }) => status === 'fulfilled')).toBe(true);
    }
  });

  it('keep one plan, whatever number of jobs comes together', async () => {
    const single = new Database({ ...config.database, poolSize: 1 }, logger, () => undefined);
    const submissions = make(single);
    for (let count = 0; count < EXECUTIONS_PLANNED_ANEW + 3; count++)
      await submit(submissions, keys(count + 1));
    const plans = await plansOf(single, 'INSERT INTO jobs');
    await single.close();

    expect(plans).toEqual([{ custom: String(EXECUTIONS_PLANNED_ANEW), kept: '3' }]);
  });
});
