import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Kind } from '../src/kinds/kind.ts';
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

  it('is written with result and usage in one transaction', async () => {
    const before = await world.usage();
    const id = await world.submit('text.statistics', TEXT);
    await world.worker();
    const job = await world.reached(id, 'succeeded');

    expect(job).toMatchObject({ progress: 100, attempts: 1, error: null, result: { words: 5, lines: 1 } });
    expect(await world.effects(id)).toBe(1);
    expect(await world.usage()).toEqual({ jobs: before.jobs + 1, units: before.units + 1 });
    const [transactions] = await world.sql<{ job: string; effect: string; usage: string }>(
      `SELECT jobs.xmin::text AS job, job_effects.xmin::text AS effect, tenant_usage_shards.xmin::text AS usage
       FROM jobs JOIN job_effects ON job_id = jobs.id JOIN tenant_usage_shards ON tenant_usage_shards.tenant_id = jobs.tenant_id
       WHERE jobs.id = $1 AND tenant_usage_shards.xmin = jobs.xmin`,
      [id],
    );
    expect(transactions?.effect).toBe(transactions?.job);
    expect(transactions?.usage).toBe(transactions?.job);
  });

  it('leaves nothing in the outbox, not even the event that earlier versions of the worker insert', async () => {
    const id = await world.submit('text.statistics', TEXT);
    await world.worker();
    await world.reached(id, 'succeeded');
    await world.sql("INSERT INTO outbox (destination, message) VALUES ('broker:results', '{}')");

    expect(await world.sql('SELECT FROM outbox')).toEqual([]);
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
    // A failover of Redis may lose an active job, which the backend sends again.
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
    expect(await world.effects(message.jobId)).toBe(1);
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
    await world.waitsForRow();
    proxy.freeze();
    await release();
    await world.reached(id, 'succeeded');
    expect(await world.queue.getJobState(id)).toBe('active');
    first.child.kill('SIGKILL');
    await first.ended;
    proxy.close();
    await world.worker();
    await world.queued(id, 'completed');

    expect(await world.effects(id)).toBe(1);
    expect(await world.usage()).toEqual({ jobs: before.jobs + 1, units: before.units + 2_000 });
  });

  it('happens once though the worker is killed in the middle', async () => {
    const before = await world.usage();
    const first = await world.program();
    const release = await world.holdEffects();
    const ids = await Promise.all(
      [1, 2, 3, 4, 5].map(() => world.submit('number.primes', { limit: 5_000_000 })),
    );
    for (const id of ids) await world.reached(id, 'running');
    first.child.kill('SIGKILL');
    await first.ended;
    expect(await world.usage()).toEqual(before);
    await release();
    await world.worker();
    for (const id of ids) {
      const job = await world.reached(id, 'succeeded');
      await world.queued(id, 'completed');

      expect(job).toMatchObject({ attempts: 1, result: { count: 348_513, largest: 4_999_999 } });
      expect(await world.effects(id)).toBe(1);
    }
    expect(await world.usage()).toEqual({ jobs: before.jobs + 5, units: before.units + 25_000 });
  });
});
