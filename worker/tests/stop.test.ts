import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('a worker that gets SIGTERM', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  it('finishes the job in progress, takes no new one, and ends with 0', async () => {
    const program = await world.program({ WORKER_CONCURRENCY: '1' });
    const message = await world.row('number.primes', { limit: 1_000_000 });
    const first = message.jobId;
    const release = await world.hold(first);
    await world.enqueue(message);
    await world.queued(first, 'active');
    const second = await world.submit('number.primes', { limit: 10 });
    program.child.kill('SIGTERM');
    await eventually(async () => (await fetch(`${program.url}/readyz`)).status === 503);

    expect((await fetch(`${program.url}/healthz`)).status).toBe(200);
    await release();
    expect(await program.ended).toEqual([0, null]);
    expect(await world.job(first)).toMatchObject({ status: 'succeeded' });
    expect(await world.queue.getJobState(first)).toBe('completed');
    expect(await world.queue.getJobState(second)).toBe('prioritized');
    expect(await world.sql('SELECT job_id AS id FROM job_effects')).toEqual([{ id: first }]);
    expect((await world.usage()).jobs).toBe(1);
    await world.queue.remove(second);
  });

  it('returns unfinished jobs to the head of the queue, without using up an attempt', async () => {
    const program = await world.program({ STOP_TIMEOUT_SECONDS: '0' });
    const limit = { limit: 5_000_000 };
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => world.submit('number.primes', limit)));
    const waiting = await world.submit('number.primes', limit);
    for (const id of ids) await world.reached(id, 'running');
    program.child.kill('SIGTERM');

    expect(await program.ended).toEqual([0, null]);
    const order = (await world.queue.getJobs(['waiting', 'prioritized'], 0, -1, true)).map(({ id }) => id);
    expect(order).toHaveLength(6);
    expect(order.at(-1)).toBe(waiting);
    for (const id of ids) {
      expect(await world.queue.getJob(id)).toMatchObject({ attemptsMade: 0, stalledCounter: 0 });
      expect(await world.redis.exists(`bull:jobs:${id}:lock`)).toBe(0);
      expect(await world.job(id)).toMatchObject({ status: 'queued', progress: 0 });
      const attempts = await world.sql('SELECT number, error FROM job_attempts WHERE job_id = $1', [id]);
      expect(attempts).toEqual([{ number: 1, error: null }]);
    }
    const next = await world.program();
    for (const id of ids) expect(await world.reached(id, 'succeeded')).toMatchObject({ attempts: 1 });
    next.child.kill('SIGTERM');
    expect(await next.ended).toEqual([0, null]);
  });

  it('ends with 0 also before its queue is registered', async () => {
    await world.redis.del('plataforma:queues');
    const program = world.run('dist/main.js');
    await eventually(() => program.output().includes('queue not registered'));
    program.child.kill('SIGTERM');

    expect(await program.ended).toEqual([0, null]);
    await world.redis.sadd('plataforma:queues', 'jobs');
  });

  it('ends with 0 also while Redis is not available', async () => {
    const program = await world.program({ STOP_TIMEOUT_SECONDS: '110' });
    const message = await world.row('number.primes', { limit: 10 });
    const release = await world.hold(message.jobId);
    await world.enqueue(message);
    await world.waitsForRow();
    await world.redisServer.stop();
    program.child.kill('SIGTERM');
    await release();

    expect(await program.ended).toEqual([0, null]);
    await world.redisServer.start();
  });
});
