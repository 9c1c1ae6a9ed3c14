import { type Job, type Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as delay } from 'node:timers/promises';
import type { JobsConfig } from '../config.ts';
import type { JobRunner } from './job-runner.ts';
import type { Logger } from '../observability/logger.ts';
import { isJobMessage } from '../messages.ts';
import { findJobOfOthers } from './other-tenants.ts';
import { backoff, repeat, within } from '../timers.ts';

const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 60_000;
const RECONNECT_MS = 1_000;
const RETURN_MS = 4_000;
const POLL_MS = 100;
const LOOK_FOR_OTHERS_MS = 200;

export interface JobWorkerHooks {
  onBusy: () => void;
  onIdle: () => void;
  /** Called after a failed attempt; `isFinal` if there will be no other. */
  onFailed: (job: Job<unknown>, isFinal: boolean) => void;
}

/**
 * Takes jobs from the queue, and returns unfinished ones when it stops. While it is full, a tenant that has no job in
 * progress here gets a place beyond the concurrency, so that nobody waits for the end of another tenant's jobs.
 */
export class JobWorker {
  readonly #redis: Redis;
  readonly #queue: Queue<unknown>;
  readonly #worker: Worker<unknown>;
  readonly #runner: JobRunner;
  readonly #hooks: JobWorkerHooks;
  readonly #config: JobsConfig;
  readonly #lookingForOthers: { stop(): Promise<void> };
  readonly #inProgress = new Set<Job<unknown>>();
  #isStopping = false;
  #onStart = (): void => undefined;

  constructor(
    config: JobsConfig,
    queue: Queue<unknown>,
    redis: Redis,
    runner: JobRunner,
    logger: Logger,
    hooks: JobWorkerHooks,
  ) {
    this.#redis = redis;
    this.#queue = queue;
    this.#runner = runner;
    this.#hooks = hooks;
    this.#config = config;
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
    this.#lookingForOthers = repeat(LOOK_FOR_OTHERS_MS, () =>
      this.#startJobsOfOthers().catch((error: unknown) => {
        logger.warn({ err: error }, 'search for jobs of other tenants failed');
      }),
    );
  }

  /** Takes no new job, waits for those in progress, and returns to the queue those that are not done in time. */
  async stop(timeoutSeconds: number): Promise<void> {
    this.#isStopping = true;
    void this.#lookingForOthers.stop();
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
      if (this.#inProgress.size > 0 || this.#redis.status === 'ready') until = Date.now() + RETURN_MS;
      await delay(POLL_MS, undefined, { ref: false });
    }
    throw new Error('Redis is not available');
  }

  async #run(job: Job<unknown>, token: string): Promise<void> {
    setRetries(job, this.#config.attempts);
    this.#inProgress.add(job);
    if (this.#inProgress.size === 1) this.#hooks.onBusy();
    this.#onStart();
    try {
      await this.#runner.run(job, token);
    } finally {
      this.#inProgress.delete(job);
      if (this.#inProgress.size === 0) this.#hooks.onIdle();
    }
  }

  async #startJobsOfOthers(): Promise<void> {
    const { concurrency } = this.#config;
    while (this.#inProgress.size >= concurrency && this.#inProgress.size < 2 * concurrency) {
      const messages = [...this.#inProgress].map(({ data }) => data).filter(isJobMessage);
      const tenantIds = new Set(messages.map(({ tenantId }) => tenantId));
      const id = await findJobOfOthers(this.#redis, this.#queue, tenantIds);
      if (id === undefined || this.#isStopping) return;
      await (await this.#queue.getJob(id))?.changePriority({ priority: 0, lifo: true });
      await this.#takeOneMore();
    }
  }

  /** BullMQ's worker looks at its concurrency when a job ends, and when it is resumed. */
  async #takeOneMore(): Promise<void> {
    const started = new Promise<void>((resolve) => {
      this.#onStart = resolve;
    });
    this.#worker.concurrency = this.#inProgress.size + 1;
    await this.#worker.pause(true);
    if (!this.#isStopping) await this.#worker.resume();
    await Promise.race([started, delay(LOOK_FOR_OTHERS_MS, undefined, { ref: false })]);
    this.#worker.concurrency = this.#config.concurrency;
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
