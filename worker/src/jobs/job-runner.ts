import { DelayedError, type Job, UnrecoverableError, WaitingError } from 'bullmq';
import { type Cancellations, Cancelled } from './cancellations.ts';
import type { JobsConfig } from '../config.ts';
import type { Database } from '../stores/database.ts';
import { JobFailure, Poison, Unavailable } from '../errors.ts';
import { JobRows, requeueJob, type StartedJob, wasCancelled } from './job-rows.ts';
import type { Kinds, Outcome } from '../kinds/kind.ts';
import { Pace } from '../kinds/pace.ts';
import type { Logger } from '../observability/logger.ts';
import { isJobMessage, type JobMessage } from '../messages.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { Progress } from './progress.ts';
import { backoff } from '../timers.ts';
import { isTraceparent, type Tracing } from '../observability/tracing.ts';

export interface RunnerParts {
  database: Database;
  cancellations: Cancellations;
  progress: Progress;
  kinds: Kinds;
  metrics: Metrics;
  tracing: Tracing;
  logger: Logger;
}

/** BullMQ's highest priority: turns, which the backend gives to new jobs, begin at 2. */
export const HAD_ITS_TURN = 1;
const POSTPONE_BASE_MS = 1_000;
const POSTPONE_CAP_MS = 10_000;

type LogFields = Readonly<Record<'requestId' | 'traceId' | 'jobId' | 'kind', string>>;

class Stopping extends Error {}

/** Runs one attempt of a job. The error that it throws tells BullMQ what to do with a job that did not succeed. */
export class JobRunner {
  readonly #parts: RunnerParts;
  /** For lines of nothing but listed fields: redaction copies and searches each. */
  readonly #listed: Logger;
  readonly #rows: JobRows;
  readonly #timeoutSeconds: number;
  readonly #limits = new Set<AbortController>();
  #isStopping = false;

  constructor(parts: RunnerParts, { concurrency, timeoutSeconds }: JobsConfig) {
    this.#parts = parts;
    this.#listed = parts.logger.child({}, { redact: [] });
    this.#rows = new JobRows(parts.database, concurrency);
    this.#timeoutSeconds = timeoutSeconds;
  }

  /** Returns the jobs in progress to the queue. */
  returnJobs(): void {
    this.#isStopping = true;
    for (const limit of this.#limits) limit.abort(new Stopping());
  }

  async run(job: Job<unknown>, token: string): Promise<void> {
    const message = job.data;
    if (!isJobMessage(message) || message.jobId !== job.id)
      throw new UnrecoverableError('the job has an unknown format');
    const { tracing, metrics } = this.#parts;
    const parent = isTraceparent(message.traceparent) ? message.traceparent : undefined;
    const span = tracing.start(`job ${message.kind}`, parent);
    const { requestId, jobId, kind } = message;
    const fields = { requestId, traceId: span.traceId, jobId, kind };
    const endTimer = metrics.startJob(job, message.kind);
    let failed = true;
    try {
      await this.#attempt(job, message, fields);
      failed = false;
    } catch (error) {
      failed = !(await this.#isCancelled(error, message));
      if (!failed) {
        metrics.countJob(message.kind, 'cancelled');
        this.#listed.info(fields, 'job cancelled');
        return;
      }
      throw await this.#afterFailure(error, { job, token, message, fields });
    } finally {
      endTimer();
      span.end({ attributes: { 'job.id': message.jobId, 'job.attempt': job.attemptsMade + 1 }, failed });
    }
  }

  async #attempt(job: Job, message: JobMessage, fields: LogFields): Promise<void> {
    const { progress, metrics } = this.#parts;
    const started = await this.#rows.start(message, job.attemptsMade + 1);
    if (started === null) throw new Poison('there is no such job');
    if (started === undefined) {
      this.#listed.info(fields, 'job already succeeded, or cancelled');
      return;
    }
    progress.notify(message.tenantId, message.jobId);
    this.#listed.debug(fields, 'job started');
    const outcome = await this.#calculate(message, started, progress.reporter(message));
    const isFirst = await this.#rows.finish(message, outcome);
    progress.notify(message.tenantId, message.jobId);
    if (!isFirst) {
      if (await wasCancelled(this.#parts.database, message.jobId)) throw new Cancelled();
      return;
    }
    metrics.countJob(message.kind, 'succeeded');
    this.#listed.info({ ...fields, attempt: job.attemptsMade + 1, units: outcome.units }, 'job succeeded');
  }

  async #calculate(
    { jobId }: JobMessage,
    { kind: name, payload }: StartedJob,
    report: (percent: number) => void,
  ): Promise<Outcome> {
    const { kinds, cancellations } = this.#parts;
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (!kind) throw new Poison('this kind of job is not known');
    if (this.#isStopping) throw new Stopping();
    const limit = new AbortController();
    const { signal } = limit;
    const ended = Promise.withResolvers<never>();
    // Ends the attempt even if its work ignores the signal.
    const end = (): void => {
      ended.reject(signal.reason);
    };
    signal.addEventListener('abort', end, { once: true });
    this.#limits.add(limit);
    const unwatch = cancellations.watch(jobId, limit);
    const timer = setTimeout(() => {
      limit.abort(new JobFailure(`the job took longer than ${this.#timeoutSeconds} s`));
    }, this.#timeoutSeconds * 1000);
    try {
      return await Promise.race([kind(payload, new Pace(signal, report)), ended.promise]);
    } finally {
      clearTimeout(timer);
      unwatch();
      this.#limits.delete(limit);
      signal.removeEventListener('abort', end);
    }
  }

  /** Whatever ended the attempt: a cancelled job is neither tried again nor set aside. */
  async #isCancelled(error: unknown, { jobId }: JobMessage): Promise<boolean> {
    if (error instanceof Cancelled) return true;
    if (error instanceof Unavailable || error instanceof Stopping) return false;
    return wasCancelled(this.#parts.database, jobId).catch(() => false);
  }

  /** The error for BullMQ. A stop or an unavailable database uses up no attempt. */
  async #afterFailure(
    error: unknown,
    attempt: { job: Job; token: string; message: JobMessage; fields: LogFields },
  ): Promise<Error> {
    const { job, token, message, fields } = attempt;
    const { logger } = this.#parts;
    await job.changePriority({ priority: HAD_ITS_TURN }).catch(() => undefined);
    if (error instanceof Stopping) {
      await this.#markQueued(message, null);
      await job.moveToWait(token);
      logger.info(fields, 'job returned to the queue');
      return new WaitingError();
    }
    if (error instanceof Unavailable) {
      await job.moveToDelayed(Date.now() + postponement(job), token);
      logger.warn({ ...fields, err: error }, 'job postponed');
      return new DelayedError();
    }
    logger.warn({ ...fields, err: error, attempt: job.attemptsMade + 1 }, 'job failed');
    const isShown = error instanceof JobFailure || error instanceof Poison;
    const reason = isShown ? error.message : 'internal error';
    await this.#markQueued(message, reason);
    return error instanceof Poison ? new UnrecoverableError(reason) : new Error(reason);
  }

  async #markQueued({ jobId, tenantId }: JobMessage, error: string | null): Promise<void> {
    await requeueJob(this.#parts.database, jobId, error).catch(() => undefined);
    this.#parts.progress.notify(tenantId, jobId);
  }
}

function postponement(job: Job): number {
  return backoff(job.attemptsStarted - job.attemptsMade, POSTPONE_BASE_MS, POSTPONE_CAP_MS);
}
