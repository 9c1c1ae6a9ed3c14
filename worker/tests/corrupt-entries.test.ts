import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('corrupt entries of the queue', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  it('leave it, while other jobs are done', async () => {
    const { redis, queue } = world;
    const entry = { name: 'number.primes', data: '{}', opts: '{}', timestamp: String(Date.now()) };
    await redis.hset(queue.toKey('data'), { ...entry, data: '{"jobId"' });
    await redis.hset(queue.toKey('options'), { ...entry, opts: '{"attempts"' });
    await redis.set(queue.toKey('text'), 'not a hash');
    await redis.lpush(queue.toKey('wait'), 'data', 'options', 'text', 'nothing');
    await world.worker();
    const id = await world.submit('number.primes', { limit: 10 });
    await world.reached(id, 'succeeded');
    await eventually(async () => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'delayed');
      return Object.values(counts).every((count) => count === 0);
    });

    expect(await redis.exists(queue.toKey('data'), queue.toKey('options'))).toBe(0);
    expect(world.output.join('')).toContain('corrupt entries removed from the queue');
    expect(await queue.getJobState(id)).toBe('completed');
  });
});
