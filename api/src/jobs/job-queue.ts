import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { Unavailable } from '../errors.ts';
import type { JobMessage } from '../messages.ts';
import { redisCommand } from '../stores/redis.ts';
import { within } from '../timers.ts';
import { oldestTimestamp } from './oldest-job.ts';
import { placeInQueue, type Waiting } from './single-job/waiting.ts';
import { takeTurns } from './turns.ts';

export interface QueueSample {
  depth: number;
  oldestAgeSeconds: number;
  inFlight: number;
  failed: number;
}

const ANSWER_MS = 5_000;
const WORKERS_MS = 5_000;
/** Finished jobs are retained for a while, so that adding one again does nothing. */
const KEEP_DONE = { age: 3_600, count: 10_000 };
const QUEUE_NAMES = 'plataforma:queues';

/** The producer's side of a BullMQ queue. Adding a job twice adds it once: its id is the job's. */
export class JobQueue {
  readonly name: string;
  readonly #redis: Redis;
  readonly #attempts: number;
  #opened: Queue<JobMessage> | undefined;
  #workers: { count: Promise<number>; until: number } | undefined;

  constructor(name: string, redis: Redis, attempts: number) {
    this.name = name;
    this.#redis = redis;
    this.#attempts = attempts;
    redis.on('ready', () => {
      this.#register().catch(() => undefined);
    });
  }

  async add(messages: readonly JobMessage[]): Promise<void> {
    await this.#use(async (queue) => {
      const tenantIds = messages.map(({ tenantId }) => tenantId);
      const turns = await takeTurns(this.#redis, queue.toKey('prioritized'), tenantIds);
      await queue.addBulk(
        messages.map((message, index) => ({
          name: message.kind,
          data: message,
          opts: { ...this.#options(message), priority: turns[index] ?? 0 },
        })),
      );
    });
  }

  /** Those of the ids that are not in the queue. */
  async missing(ids: readonly string[]): Promise<string[]> {
    const known = await this.#use((queue) => Promise.all(ids.map((id) => queue.getJob(id))));
    return ids.filter((_, index) => !known[index]);
  }

  async sample(): Promise<QueueSample> {
    return this.#use(async (queue) => {
      const counts = await queue.getJobCounts('waiting', 'prioritized', 'active', 'failed');
      const oldest = await oldestTimestamp(this.#redis, queue);
      return {
        depth: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
        oldestAgeSeconds: oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest) / 1000),
        inFlight: counts.active ?? 0,
        failed: counts.failed ?? 0,
      };
    });
  }

  /** What a job that has not ended waits for. */
  async waiting(id: string): Promise<Waiting> {
    return this.#use((queue) => placeInQueue(this.#redis, queue, id, () => this.#countWorkers(queue)));
  }

  /** One that a worker has in progress stays. */
  async remove(id: string): Promise<void> {
    await this.#use((queue) => queue.remove(id));
  }

  /** Redis lists all its clients for it: once in a while for all who ask. */
  #countWorkers(queue: Queue<JobMessage>): Promise<number> {
    if (!this.#workers || Date.now() >= this.#workers.until) {
      this.#workers = { count: queue.getWorkersCount(), until: Date.now() + WORKERS_MS };
      this.#workers.count.catch(() => (this.#workers = undefined));
    }
    return this.#workers.count;
  }

  /** Registers the queue's name: a worker refuses a name that no producer has registered. */
  async #register(): Promise<void> {
    await this.#redis.sadd(QUEUE_NAMES, this.name);
  }

  async close(): Promise<void> {
    await this.#opened?.close().catch(() => undefined);
  }

  #options(message: JobMessage): object {
    return {
      jobId: message.jobId,
      attempts: this.#attempts,
      removeOnComplete: KEEP_DONE,
      removeOnFail: false,
    };
  }

  async #use<Result>(work: (queue: Queue<JobMessage>) => Promise<Result>): Promise<Result> {
    if (this.#redis.status !== 'ready') throw new Unavailable('redis', new Error('not connected'));
    const queue = (this.#opened ??= this.#open());
    return redisCommand(within(ANSWER_MS, work(queue)));
  }

  /** A queue whose first connection failed would stay broken; the next use opens another. */
  #open(): Queue<JobMessage> {
    const queue = new Queue<JobMessage>(this.name, { connection: this.#redis });
    queue.on('error', () => undefined);
    queue.waitUntilReady().catch(() => {
      if (this.#opened === queue) this.#opened = undefined;
    });
    return queue;
  }
}
