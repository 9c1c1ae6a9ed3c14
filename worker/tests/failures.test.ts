import type { Job } from 'bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { JobFailure } from '../src/errors.ts';
import type { Kind } from '../src/kinds/kind.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('a job that fails', () => {
  let world: World;
  let outcome: 'bad' | 'good' = 'bad';
  const changeable: Kind = () =>
    outcome === 'bad'
      ? Promise.reject(new Error('connect to 10.0.0.7 as admin failed'))
      : Promise.resolve({ result: { fine: true }, units: 3 });
  const patient: Kind = () => new Promise(() => undefined);
  const kinds = { 'text.statistics': changeable, 'number.primes': patient };

  beforeAll(async () => {
    world = await World.create();
  });

  beforeEach(() => {
    // The longest wait before another attempt: a test has time to see the job wait.
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
  });

  afterEach(async () => {
    await world.stopWorkers();
    vi.restoreAllMocks();
  });

  afterAll(() => world.destroy());

  const find = async (id: string): Promise<Job> => {
    const job = (await world.queue.getJob(id)) as Job | undefined;
    if (!job) throw new Error('not in the queue');
    return job;
  };
  const metric = async (url: string, line: string): Promise<boolean> =>
    (await (await fetch(`${url}/metrics`)).text()).includes(line);

  it('is retried after a backoff with jitter, becomes a dead letter, and succeeds when replayed', async () => {
    outcome = 'bad';
    const before = await world.usage();
    const { url } = await world.worker({}, { kinds });
    const id = await world.submit('text.statistics', { text: 'x' }, 3);
    for (const [attempt, ceiling] of [
      [1, 1_000],
      [2, 2_000],
    ] as const) {
      await eventually(async () => (await find(id)).attemptsMade === attempt);
      await world.queued(id, 'delayed');
      const job = await find(id);
      expect(job.delay).toBe(0.999 * ceiling);
      expect(await world.job(id)).toMatchObject({ status: 'queued', attempts: attempt });
      await job.promote();
    }
    const failed = await world.reached(id, 'failed');
    expect(failed).toMatchObject({ attempts: 3, error: 'internal error' });
    expect(await world.queue.getJobState(id)).toBe('failed');
    expect(await world.effects(id)).toBe(0);
    expect(await world.usage()).toEqual(before);
    expect(
      await metric(url, 'jobs_processed_total{kind="text.statistics",outcome="retried",service="worker"} 2'),
    ).toBe(true);
    expect(
      await metric(url, 'jobs_processed_total{kind="text.statistics",outcome="failed",service="worker"} 1'),
    ).toBe(true);

    outcome = 'good';
    const replay = world.run('dist/replay.js', {}, ['--all']);
    expect(await replay.ended).toEqual([0, null]);
    expect(replay.output()).toBe(`${id} replayed\n1 of 1 dead letters replayed in queue jobs\n`);
    expect(await world.reached(id, 'succeeded')).toMatchObject({
      attempts: 1,
      error: null,
      result: { fine: true },
    });
    await world.queued(id, 'completed');
    expect(await world.effects(id)).toBe(1);
    expect(await world.usage()).toEqual({ jobs: before.jobs + 1, units: before.units + 3 });
  });

  it('is replayed by its id even after Redis has lost it, and no other job is', async () => {
    const message = await world.row('text.statistics', { text: 'x' });
    await world.sql("UPDATE jobs SET status = 'failed' WHERE id = $1", [message.jobId]);
    const other = world.message('text.statistics').jobId;
    const replay = world.run('dist/replay.js', {}, [message.jobId, other]);

    expect(await replay.ended).toEqual([1, null]);
    expect(replay.output()).toContain(`${message.jobId} sent again\n${other} unknown\n1 of 2`);
    const [row] = await world.sql<{ message: object }>(
      "DELETE FROM outbox WHERE destination = 'queue:jobs' RETURNING message",
    );
    expect(row?.message).toMatchObject({
      jobId: message.jobId,
      tenantId: world.tenantId,
      kind: 'text.statistics',
    });
    expect((await world.job(message.jobId))?.status).toBe('queued');
  });

  it.each([
    ['of an unknown kind', 'text.poetry', {}, 'this kind of job is not known'],
    ['named like a property of every object', 'constructor', {}, 'this kind of job is not known'],
    ['without the limit it needs', 'number.primes', {}, 'limit must be a whole number from 2 to 5000000'],
    ['with a payload that is a list', 'text.statistics', [], 'text must be a string'],
  ])('is set aside at its first attempt: one %s', async (_, kind, payload, error) => {
    await world.worker();
    const id = await world.submit(kind, payload);

    expect(await world.reached(id, 'failed')).toMatchObject({ attempts: 1, error });
    expect(await world.queue.getJobState(id)).toBe('failed');
  });

  it('is set aside when its message is malformed, and other jobs continue', async () => {
    await world.worker();
    await world.queue.add('text.statistics', { jobId: 7 }, { jobId: 'nonsense', attempts: 5 });
    const unknown = world.message('text.statistics');
    await world.enqueue(unknown);
    const id = await world.submit('text.statistics', { text: 'x' });

    await world.reached(id, 'succeeded');
    await world.queued('nonsense', 'failed');
    await world.queued(unknown.jobId, 'failed');
    expect((await find(unknown.jobId)).failedReason).toBe('there is no such job');
  });

  it('ends at its time limit even if it ignores its signal', async () => {
    await world.worker({ JOB_TIMEOUT_SECONDS: '1' }, { kinds });
    const id = await world.submit('number.primes', {}, 1);

    expect(await world.reached(id, 'failed')).toMatchObject({ error: 'the job took longer than 1 s' });
  });

  it('stops calculating at its time limit', async () => {
    let reason: unknown;
    const looking: Kind = (_payload, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason;
          reject(signal.reason as Error);
        });
      });
    await world.worker({ JOB_TIMEOUT_SECONDS: '1' }, { kinds: { 'number.primes': looking } });
    const id = await world.submit('number.primes', {}, 2);
    await world.queued(id, 'delayed');

    expect(reason).toBeInstanceOf(JobFailure);
    expect((await find(id)).attemptsMade).toBe(1);
    await (await find(id)).remove();
  });

  it('is set aside when it stalls too often', async () => {
    const message = await world.row('number.primes', { limit: 10 });
    const id = message.jobId;
    const release = await world.hold(id);
    await world.enqueue(message);
    for (let deaths = 1; deaths <= 2; deaths++) {
      const program = await world.program({ JOB_STALL_LIMIT: '1' });
      await eventually(async () => (await find(id)).attemptsStarted === deaths);
      program.child.kill('SIGKILL');
      await program.ended;
    }
    await release();
    await world.worker({ JOB_STALL_LIMIT: '1' });

    expect(await world.reached(id, 'failed')).toMatchObject({
      error: 'job stalled more than allowable limit',
    });
    expect(await world.queue.getJobState(id)).toBe('failed');
    const replay = world.run('dist/replay.js', {}, [id]);
    await replay.ended;
    await world.reached(id, 'succeeded');
  });

  it('is marked as failed by the next worker when no worker could update its row', async () => {
    const message = await world.row('text.statistics', { text: 'x' });
    await world.sql("UPDATE jobs SET status = 'running' WHERE id = $1", [message.jobId]);
    await world.enqueue(message);
    const now = Date.now();
    await world.redis
      .multi()
      .zrem('bull:jobs:prioritized', message.jobId)
      .zadd('bull:jobs:failed', now, message.jobId)
      .hset(`bull:jobs:${message.jobId}`, 'failedReason', 'internal error', 'finishedOn', now)
      .exec();
    await world.worker();

    expect(await world.reached(message.jobId, 'failed')).toMatchObject({ error: 'internal error' });
  });
});
