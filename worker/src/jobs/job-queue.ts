import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../observability/logger.ts';
import { backoff, within } from '../timers.ts';
import { oldestTimestamp } from './oldest-job.ts';

export interface QueueSample {
  depth: number;
  oldestAgeSeconds: number;
  inFlight: number;
  failed: number;
}

const QUEUE_NAMES = 'plataforma:queues';
const ANSWER_MS = 5_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 5_000;

/** No producer has registered the queue: it would look empty for ever. */
export class UnknownQueue extends Error {
  constructor(name: string, known: readonly string[]) {
    super(`WORKER_QUEUE names "${name}", which no producer has registered. Registered: ${known.join(', ')}`);
    this.name = 'UnknownQueue';
  }
}

/** Waits until producers have registered queues; throws UnknownQueue if `name` is not among them. */
export async function awaitQueue(
  name: string,
  redis: Redis,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  for (let attempts = 1; ; attempts++) {
    const known = await knownQueues(redis).catch(() => undefined);
    if (known?.includes(name)) return;
    if (known && known.length > 0) throw new UnknownQueue(name, known);
    if (known) logger.error({ queue: name }, 'queue not registered: no jobs taken');
    await delay(backoff(attempts, RETRY_BASE_MS, RETRY_CAP_MS), undefined, { signal });
  }
}

async function knownQueues(redis: Redis): Promise<string[]> {
  return (await redis.smembers(QUEUE_NAMES)).sort();
}

/** The queue and its measurements. */
export class JobQueue {
  readonly name: string;
  readonly queue: Queue<unknown>;
  readonly #redis: Redis;

  constructor(name: string, redis: Redis) {
    this.name = name;
    this.#redis = redis;
    this.queue = new Queue(name, { connection: redis, skipVersionCheck: true });
    this.queue.on('error', () => undefined);
  }

  /** Rejects if the queue cannot be read or is not registered: neither is an empty queue. */
  async sample(): Promise<QueueSample> {
    return within(ANSWER_MS, this.#measure());
  }

  async close(): Promise<void> {
    await this.queue.close().catch(() => undefined);
  }

  async #measure(): Promise<QueueSample> {
    const known = await knownQueues(this.#redis);
    if (!known.includes(this.name)) throw new UnknownQueue(this.name, known);
    const counts = await this.queue.getJobCounts('waiting', 'prioritized', 'active', 'failed');
    const oldest = await oldestTimestamp(this.#redis, this.queue);
    return {
      depth: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
      oldestAgeSeconds: oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest) / 1000),
      inFlight: counts.active ?? 0,
      failed: counts.failed ?? 0,
    };
  }
}
