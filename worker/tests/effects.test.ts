import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kind } from '../src/kinds/kind.ts';
import { eventually } from './support/processes.ts';
import { FreezableProxy } from './support/proxy.ts';
import { World } from './support/world.ts';

const TEXT = { text: 'uma palavra e outra palavra' };

describe.skipIf(inject('skipReason'))('the effect of a job', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterEach(() => world.stopWorkers());
  afterAll(() => world.destroy());

  const effects = async (id: string): Promise<number> =>
    (await world.sql('SELECT FROM job_effects WHERE job_id = $1', [id])).length;

  it('is written with result, usage and event at once', async () => {
    const before = await world.usage();
    const id = await world.submit('text.statistics', TEXT);
    await world.worker();
    const job = await world.reached(id, 'succeeded');

    expect(job).toMatchObject({ progress: 100, attempts: 1, error: null, result: { words: 5, lines: 1 } });
    expect(await effects(id)).toBe(1);
    expect(await world.usage()).toEqual({ jobs: before.jobs + 1, units: before.units + 1 });
    await world.queued(id, 'completed');
    await eventually(async () => (await world.sql('SELECT FROM outbox')).length === 0);
    const results = (await world.drain('results')).filter(({ data }) => data.jobId === id);
    expect(results).toEqual([
      expect.objectContaining({
        type: 'job.finished',
        data: { tenantId: world.tenantId, jobId: id, status: 'succeeded' },
      }),
    ]);
  });

  it('happens once though the job is delivered twice, at once and again', async () => {
    const before = await world.usage();
    const message = await world.row('text.statistics', TEXT);
    let runs = 0;
    const both = Promise.withResolvers<undefined>();
    const kind: Kind = async () => {
      if (++runs === 2) both.resolve(undefined);
      await both.promise;
      return { result: {}, units: 7 };
    };
    await world.worker({}, { kinds: { 'text.statistics': kind } });
    await world.enqueue(message);
    await world.queued(message.jobId, 'active');
    // A failover of Redis may forget that the job is in hand, and the backend sends it again.
    await world.redis.del(`bull:jobs:${message.jobId}`, `bull:jobs:${message.jobId}:lock`);
    await world.redis.lrem('bull:jobs:active', 0, message.jobId);
    await world.enqueue(message);
    await world.queued(message.jobId, 'completed');
    expect(runs).toBe(2);
    await world.redis.del(`bull:jobs:${message.jobId}`);
    await world.redis.zrem('bull:jobs:completed', message.jobId);
    await world.enqueue(message);
    await world.queued(message.jobId, 'completed');

    expect(runs).toBe(2);
    expect(await effects(message.jobId)).toBe(1);
    expect(await world.usage()).toEqual({ jobs: before.jobs + 1, units: before.units + 7 });
  });

  it('happens once though the worker is killed between the effect and its acknowledgement', async () => {
    const before = await world.usage();
    const proxy = await FreezableProxy.to(world.redisServer.port);
    const first = await world.program({ REDIS_PORT: String(proxy.port) });
    const message = await world.row('number.primes', { limit: 2_000_000 });
    const id = message.jobId;
    const release = await world.hold(id);
    await world.enqueue(message);
    await world.queued(id, 'active');
    proxy.freeze();
    await release();
    await world.reached(id, 'succeeded');
    expect(await world.queue.getJobState(id)).toBe('active');
    first.child.kill('SIGKILL');
    await first.ended;
    proxy.close();
    await world.worker();
    await world.queued(id, 'completed');

    expect(await effects(id)).toBe(1);
    expect(await world.usage()).toEqual({ jobs: before.jobs + 1, units: before.units + 2_000 });
  });

  it('happens once though the worker is killed in the middle', async () => {
    const before = await world.usage();
    const first = await world.program();
    const ids = await Promise.all(
      [1, 2, 3, 4, 5].map(() => world.submit('number.primes', { limit: 5_000_000 })),
    );
    await eventually(
      async () => (await world.sql('SELECT FROM jobs WHERE progress BETWEEN 1 AND 99')).length > 0,
    );
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await world.usage()).toEqual(before);
    await world.worker();
    for (const id of ids) {
      const job = await world.reached(id, 'succeeded');
      await world.queued(id, 'completed');

      expect(job).toMatchObject({ attempts: 1, result: { count: 348_513, largest: 4_999_999 } });
      expect(await effects(id)).toBe(1);
    }
    expect(await world.usage()).toEqual({ jobs: before.jobs + 5, units: before.units + 25_000 });
  });
});
