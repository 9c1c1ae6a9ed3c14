import { rmSync } from 'node:fs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { RateCounts } from '../src/http/limits/rate-counts.ts';
import type { LocalServer } from './support/processes.ts';
import { startRedis, temporaryDirectory } from './support/servers.ts';

const WINDOW_MS = 600_000;
const LIMIT = 5;

describe.skipIf(inject('skipReason'))('counts of requests', () => {
  let directory: string;
  let server: LocalServer;
  let redis: Redis;

  beforeAll(async () => {
    directory = temporaryDirectory('rates');
    server = await startRedis(directory);
    redis = new Redis({ host: '127.0.0.1', port: server.port, enableOfflineQueue: false });
    redis.on('error', () => undefined);
    await new Promise((resolve) => redis.once('ready', resolve));
  });

  afterAll(async () => {
    redis.disconnect();
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  const admitted = (counts: RateCounts, key: string, requests: number): number =>
    Array.from({ length: requests }, () => counts.count(key).current).filter((count) => count <= LIMIT)
      .length;

  it('of N replicas pass a limit by what they admit within one settling, at most N times the limit', async () => {
    const replicas = [1, 2, 3].map(() => new RateCounts(redis, WINDOW_MS));

    expect(replicas.map((counts) => admitted(counts, 'burst', 2 * LIMIT))).toEqual([LIMIT, LIMIT, LIMIT]);
    for (const counts of replicas) await counts.settle();
    expect(replicas.map((counts) => admitted(counts, 'burst', 2 * LIMIT))).toEqual([0, 0, 0]);
    expect((await redis.get('rate:burst')) ?? '').toBe(String(3 * 2 * LIMIT));
  });

  it('are those of all replicas after a settling, with the window of the first request', async () => {
    const [one, two] = [new RateCounts(redis, WINDOW_MS), new RateCounts(redis, WINDOW_MS)];
    admitted(one, 'shared', 3);
    await one.settle();
    await redis.pexpire('rate:shared', 1_000);
    two.count('shared');
    await two.settle();

    expect(two.count('shared').current).toBe(5);
    expect(two.count('shared').ttl).toBeLessThanOrEqual(1_000);
  });

  it('are kept while Redis is not available, and sent afterwards', async () => {
    const counts = new RateCounts(redis, WINDOW_MS);
    await server.stop();
    expect(admitted(counts, 'outage', 2)).toBe(2);
    await counts.settle();
    expect(counts.count('outage').current).toBe(3);
    await server.start();
    if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
    await counts.settle();

    expect(await redis.get('rate:outage')).toBe('3');
  });
});
