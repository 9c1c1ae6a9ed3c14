import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobsConfig } from '../config.ts';
import type { JobRunner } from './job-runner.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff, within } from '../timers.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;
const RECONNECT_MS = 1_000;
const HAND_BACK_MS = 4_000;
const LOOK_MS = 100;

export interface JobWorkerHooks {
  onBusy: () => void;
  onIdle: () => void;
  /** After a failed attempt; `isFinal` when there will be no other. */
  onFailed: (job: Job<unknown>, isFinal: boolean) => void;
}

/** Takes jobs from the queue, and puts the rest back when it stops. */
export class JobWorker {
  readonly #redis: Redis;
  readonly #worker: Worker<unknown>;
  readonly #runner: JobRunner;
  readonly #hooks: JobWorkerHooks;
  readonly #defaultAttempts: number;
  #inHand = 0;

  constructor(config: JobsConfig, redis: Redis, runner: JobRunner, logger: Logger, hooks: JobWorkerHooks) {
    this.#redis = redis;
    this.#runner = runner;
    this.#hooks = hooks;
    this.#defaultAttempts = config.attempts;
    this.#worker = new Worker<unknown>(config.queue, (job, token = '') => this.#run(job, token), {
      connection: redis,
      concurrency: config.concurrency,
      lockDuration: config.lockSeconds * 1000,
      stalledInterval: config.lockSeconds * 1000,
      maxStalledCount: config.stallLimit,
      runRetryDelay: RECONNECT_MS,
      skipVersionCheck: true,
      settings: { backoffStrategy: (attempts) => backoff(attempts, FIRST_RETRY_MS, LAST_RETRY_MS) },
    });
    this.#worker.on('failed', (job) => {
      if (job) this.#hooks.onFailed(job, job.finishedOn !== undefined);
    });
    this.#worker.on('stalled', (jobId) => {
      logger.warn({ jobId }, 'a worker left a job behind');
    });
    this.#worker.on('error', (error) => {
      if (redis.status === 'ready') logger.warn({ err: error }, 'the queue reports an error');
    });
  }

  /** Takes nothing new, waits for what is in hand, and hands back what is not done in time. */
  async stop(timeoutSeconds: number): Promise<void> {
    const closed = this.#worker.close();
    const timer = setTimeout(() => {
      this.#runner.handBack();
    }, timeoutSeconds * 1000);
    const ended = Promise.race([closed, this.#isOfNoUse()]);
    await within(timeoutSeconds * 1000 + HAND_BACK_MS, ended).finally(() => {
      clearTimeout(timer);
    });
  }

  /** Rejects when nothing is in hand, and Redis, which the queue waits for to close, stays away. */
  async #isOfNoUse(): Promise<never> {
    let until = Date.now() + HAND_BACK_MS;
    while (Date.now() < until) {
      if (this.#inHand > 0 || this.#redis.status === 'ready') until = Date.now() + HAND_BACK_MS;
      await delay(LOOK_MS, undefined, { ref: false });
    }
    throw new Error('Redis is away');
  }

  async #run(job: Job<unknown>, token: string): Promise<void> {
    setRetries(job, this.#defaultAttempts);
    if (++this.#inHand === 1) this.#hooks.onBusy();
    try {
      await this.#runner.run(job, token);
    } finally {
      if (--this.#inHand === 0) this.#hooks.onIdle();
    }
  }
}

/** The producer sets the number of attempts, the worker the waits between them. */
function setRetries(job: Job, defaultAttempts: number): void {
  const { attempts = 0 } = job.opts;
  job.opts = {
    ...job.opts,
    attempts: attempts > 0 ? attempts : defaultAttempts,
    backoff: { type: 'doubling' },
  };
}
