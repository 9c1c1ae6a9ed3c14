import type { Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import type { Database } from '../stores/database.ts';
import { failJob, unfinishedJobs } from './job-rows.ts';
import { HAD_ITS_TURN } from './job-runner.ts';
import { isUuid } from '../messages.ts';
import type { Progress } from './progress.ts';
import { newTraceparent } from '../observability/tracing.ts';

const BATCH = 500;
const OVERLAP_MS = 60_000;

export type ReplayOutcome = 'replayed' | 'sent again' | 'not a dead letter' | 'unknown';

/** A queue's dead letters are BullMQ's failed jobs; their rows have the status `failed`. */
export class DeadLetters {
  readonly #queue: Queue<unknown>;
  readonly #redis: Redis;
  readonly #database: Database;
  readonly #progress: Progress;
  #checkedUntil = 0;

  constructor(queue: Queue<unknown>, redis: Redis, database: Database, progress: Progress) {
    this.#queue = queue;
    this.#redis = redis;
    this.#database = database;
    this.#progress = progress;
  }

  async markFailed(job: Job<unknown>): Promise<void> {
    if (!isUuid(job.id)) return;
    const tenantId = await failJob(this.#database, job.id, job.failedReason);
    if (tenantId !== undefined) this.#progress.notify(tenantId, job.id);
  }

  /** Marks the rows of jobs that failed while no worker could update them. */
  async reconcile(): Promise<number> {
    const from = this.#checkedUntil;
    const now = Date.now();
    let count = 0;
    for (let start = 0; ; start += BATCH) {
      const ids = await this.#redis.zrangebyscore(
        this.#queue.toKey('failed'),
        from,
        '+inf',
        'LIMIT',
        start,
        BATCH,
      );
      for (const id of await unfinishedJobs(this.#database, ids.filter(isUuid))) {
        const job = await this.#queue.getJob(id);
        if (job?.finishedOn === undefined) continue;
        await this.markFailed(job);
        count++;
      }
      if (ids.length < BATCH) break;
    }
    this.#checkedUntil = now - OVERLAP_MS;
    return count;
  }

  async ids(): Promise<string[]> {
    return this.#redis.zrange(this.#queue.toKey('failed'), '0', '-1');
  }

  /** Returns a dead letter to the queue with all its attempts. */
  async replay(id: string): Promise<ReplayOutcome> {
    const job = await this.#queue.getJob(id);
    if (!job) return (await this.#sendAgain(id)) ? 'sent again' : 'unknown';
    if (!(await job.isFailed())) return 'not a dead letter';
    await this.#redis.hdel(this.#queue.toKey(id), 'stc');
    await job.changePriority({ priority: HAD_ITS_TURN });
    await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    if (isUuid(id)) await this.#markQueued(id);
    return 'replayed';
  }

  async #markQueued(id: string): Promise<void> {
    const [row] = await this.#database.query<{ tenantId: string }>(
      `UPDATE jobs SET status = 'queued', error = NULL, finished_at = NULL, progress = 0
       WHERE id = $1 AND status = 'failed' RETURNING tenant_id AS "tenantId"`,
      [id],
    );
    if (row) this.#progress.notify(row.tenantId, id);
  }

  /** A failed job that Redis has lost goes through the outbox, like a new one. */
  async #sendAgain(id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    const sent = await this.#database.query(
      `WITH job AS (
         UPDATE jobs SET status = 'queued', error = NULL, finished_at = NULL, progress = 0
         WHERE id = $1 AND status = 'failed' RETURNING *
       )
       INSERT INTO outbox (destination, message)
       SELECT 'queue:jobs', jsonb_build_object('jobId', id, 'tenantId', tenant_id, 'kind', kind,
         'requestId', $2::text, 'traceparent', $3::text)
       FROM job RETURNING id`,
      [id, randomUUID(), newTraceparent()],
    );
    return sent.length > 0;
  }
}
