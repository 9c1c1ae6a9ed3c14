import { randomUUID } from 'node:crypto';
import { type Job, Worker } from 'bullmq';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { JobQueue } from '../src/jobs/job-queue.ts';
import type { JobMessage } from '../src/messages.ts';
import { connectRedis } from '../src/stores/redis.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

const PRIORITY_UNIT = 2 ** 32;

describe.skipIf(inject('skipReason'))('the turns of tenants', () => {
  let world: World;
  let queue: JobQueue;
  let worker: Worker<JobMessage>;
  let close: () => void;

  beforeAll(async () => {
    world = await World.create();
    const redis = connectRedis(readConfig(world.variables()).redis, pino({ level: 'silent' }), 'test');
    await eventually(() => redis.status === 'ready');
    queue = new JobQueue('jobs', redis, 5);
    worker = new Worker('jobs', null, { connection: world.redis, autorun: false });
    close = () => {
      redis.disconnect();
    };
  });

  afterEach(() => world.queue.obliterate({ force: true }));

  afterAll(async () => {
    await worker.close();
    close();
    await world.destroy();
  });

  const submit = async (tenantId: string, count: number): Promise<void> => {
    const messages = Array.from({ length: count }, () => ({
      jobId: randomUUID(),
      tenantId,
      kind: 'number.primes',
      requestId: randomUUID(),
      traceparent: '',
    }));
    await queue.add(messages);
    added.set(tenantId, [...(added.get(tenantId) ?? []), ...messages.map(({ jobId }) => jobId)]);
  };
  const added = new Map<string, string[]>();
  /** The next jobs, as a worker gets them. */
  const take = async (count = Infinity): Promise<JobMessage[]> => {
    const taken: JobMessage[] = [];
    while (taken.length < count) {
      const job = (await worker.getNextJob('token', { block: false })) as Job<JobMessage> | undefined;
      if (!job) break;
      taken.push(job.data);
    }
    return taken;
  };
  const tenants = (jobs: readonly JobMessage[]): string[] => jobs.map(({ tenantId }) => tenantId);
  const idsOf = (tenantId: string, jobs: readonly JobMessage[]): string[] =>
    jobs.filter((job) => job.tenantId === tenantId).map(({ jobId }) => jobId);

  it('let a job pass all but one of the jobs that another tenant has waiting', async () => {
    const [heavy, light] = [randomUUID(), randomUUID()];
    await submit(heavy, 300);
    await take(10);
    await submit(light, 1);

    expect(tenants(await take()).indexOf(light)).toBeLessThanOrEqual(1);
  });

  it('alternate while tenants have jobs, and keep the order of each', async () => {
    const [one, other, third] = [randomUUID(), randomUUID(), randomUUID()];
    await submit(one, 20);
    await submit(other, 5);
    const before = await take(6);
    await submit(one, 3);
    await submit(third, 2);
    await submit(other, 2);
    const all = [...before, ...(await take())];

    expect(all).toHaveLength(32);
    for (const tenant of [one, other, third]) expect(idsOf(tenant, all)).toEqual(added.get(tenant));
    expect(new Set(tenants(all.slice(0, 6)))).toEqual(new Set([one, other]));
    expect(idsOf(one, all.slice(0, 6))).toHaveLength(3);
    expect(idsOf(third, all.slice(6, 14))).toHaveLength(2);
    expect(idsOf(one, all.slice(14))).toHaveLength(23 - idsOf(one, all.slice(0, 14)).length);
  });

  it('give no credit for a time without jobs', async () => {
    const [busy, idle] = [randomUUID(), randomUUID()];
    await submit(idle, 1);
    await submit(busy, 50);
    await take(41);
    await submit(idle, 5);

    expect(idsOf(busy, (await take()).slice(0, 6)).length).toBeGreaterThanOrEqual(2);
  });

  it('stay below the highest priority of BullMQ, with the order of the jobs', async () => {
    const [one, other] = [randomUUID(), randomUUID()];
    await submit(one, 4);
    const prioritized = world.queue.toKey('prioritized');
    for (const id of await world.redis.zrange(prioritized, '0', '-1'))
      await world.redis.zincrby(prioritized, String(2_000_000 * PRIORITY_UNIT), id);
    await world.redis.hincrby(`${prioritized}:turns`, one, 2_000_000);
    await submit(one, 2);
    await submit(other, 1);
    const [last = ''] = await world.redis.zrange(prioritized, '-1', '-1');

    expect(Number(await world.redis.zscore(prioritized, last)) / PRIORITY_UNIT).toBeLessThan(10);
    const all = await take();
    expect(idsOf(one, all)).toEqual(added.get(one));
    expect(tenants(all).indexOf(other)).toBe(1);
  });

  it('leave the age of the oldest job true, though it is not the next', async () => {
    const [old, recent] = [randomUUID(), randomUUID()];
    await submit(recent, 1);
    await submit(old, 2);
    await take(1);
    const [first = ''] = added.get(old) ?? [];
    await world.redis.hset(world.queue.toKey(first), 'timestamp', Date.now() - 60_000);
    await submit(recent, 3);
    const { depth, oldestAgeSeconds } = await queue.sample();

    expect(depth).toBe(5);
    expect(oldestAgeSeconds).toBeGreaterThanOrEqual(60);
  });
});
