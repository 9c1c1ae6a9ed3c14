import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobsConfig } from '../config.ts';
import type { JobRunner } from './job-runner.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff, within } from '../timers.ts';

const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;
const RECONNECT_MS = 1_000;
const RETURN_MS = 4_000;
const POLL_MS = 100;

export interface JobWorkerHooks {
  onBusy: () => void;
  onIdle: () => void;
  /** Called after a failed attempt; `isFinal` if there will be no other. */
  onFailed: (job: Job<unknown>, isFinal: boolean) => void;
}

/** Takes jobs from the queue, and returns unfinished ones when it stops. */
export class JobWorker {
  readonly #redis: Redis;
  readonly #worker: Worker<unknown>;
  readonly #runner: JobRunner;
  readonly #hooks: JobWorkerHooks;
  readonly #defaultAttempts: number;
  #inProgress = 0;

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
      settings: { backoffStrategy: (attempts) => backoff(attempts, RETRY_BASE_MS, RETRY_CAP_MS) },
    });
    this.#worker.on('failed', (job) => {
      if (job) this.#hooks.onFailed(job, job.finishedOn !== undefined);
    });
    this.#worker.on('stalled', (jobId) => {
      logger.warn({ jobId }, 'job stalled');
    });
    this.#worker.on('error', (error) => {
      if (redis.status === 'ready') logger.warn({ err: error }, 'queue failed');
    });
  }

  /** Takes no new job, waits for those in progress, and returns to the queue those that are not done in time. */
  async stop(timeoutSeconds: number): Promise<void> {
    const closed = this.#worker.close();
    const timer = setTimeout(() => {
      this.#runner.returnJobs();
    }, timeoutSeconds * 1000);
    const ended = Promise.race([closed, this.#hasNothingToWaitFor()]);
    await within(timeoutSeconds * 1000 + RETURN_MS, ended).finally(() => {
      clearTimeout(timer);
    });
  }

  /** Rejects if no job is in progress and Redis, which BullMQ waits for to close, stays unavailable. */
  async #hasNothingToWaitFor(): Promise<never> {
    let until = Date.now() + RETURN_MS;
    while (Date.now() < until) {
      if (this.#inProgress > 0 || this.#redis.status === 'ready') until = Date.now() + RETURN_MS;
      await delay(POLL_MS, undefined, { ref: false });
    }
    throw new Error('Redis is not available');
  }

  async #run(job: Job<unknown>, token: string): Promise<void> {
    setRetries(job, this.#defaultAttempts);
    if (++this.#inProgress === 1) this.#hooks.onBusy();
    try {
      await this.#runner.run(job, token);
    } finally {
      if (--this.#inProgress === 0) this.#hooks.onIdle();
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
