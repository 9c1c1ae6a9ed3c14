import { Batches } from './batches.ts';
import type { Database } from '../stores/database.ts';
import type { Outcome } from '../kinds/kind.ts';
import type { JobMessage } from '../messages.ts';

export interface StartedJob {
  kind: string;
  payload: unknown;
}

/**
 * How many statements of a kind are under way at once: of few jobs none waits for another's statement, many are few
 * statements.
 */
const LANES = { few: 8, many: 2 };
const MANY_JOBS = 20;
/** A tenant's usage is the sum over its shards: statements that are under way together change different rows. */
const SHARDS = 64;

/**
 * More than any batch has. The planner can't see it, so it takes the plan for one row, by the indexes, and keeps it. A
 * number of rows that it reads from the arrays would make it plan each execution anew, which takes as long as the execution
 * (choose_custom_plan in PostgreSQL's plancache.c, limit_needed and adjust_limit_rows_costs in its planner).
 */
const ANY_NUMBER = '(SELECT 1000)';

/**
 * A start is not waited for until it is on disk: the transaction that finishes the job comes after it in the log, and
 * is. After a crash of PostgreSQL the job is still in the queue, and starts again.
 */
const START = `
  UPDATE jobs
  SET status = 'running', attempts = wanted.attempt, progress = 0, error = NULL, finished_at = NULL,
      started_at = coalesce(started_at, now()), attempt_started_at = now()
  FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[]) LIMIT ${ANY_NUMBER})
         AS wanted (id, tenant_id, attempt),
       (SELECT commit_asynchronously()) AS mode
  WHERE jobs.id = wanted.id AND jobs.tenant_id = wanted.tenant_id AND status NOT IN ('succeeded', 'cancelled')
  RETURNING jobs.id, kind, payload`;

/**
 * One statement, so one transaction: a second execution changes nothing. All lock in the same order: jobs by their id, then
 * usage by its tenant. Of a cancelled job the row has no change, so there is no effect either: whoever of the two changes
 * the row first decides, for the other looks at its status again once it has the lock.
 */
const FINISH = `
  WITH done AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::jsonb[]) AS done (job_id, tenant_id, units, result)
    ORDER BY job_id
    LIMIT ${ANY_NUMBER}
  ), changed AS (
    UPDATE jobs
    SET status = 'succeeded', progress = 100, result = done.result, error = NULL, finished_at = now()
    FROM done WHERE jobs.id = done.job_id AND status NOT IN ('succeeded', 'cancelled')
    RETURNING job_id, done.tenant_id, units
  ), effect AS (
    INSERT INTO job_effects (job_id, tenant_id, units)
    SELECT job_id, tenant_id, units FROM changed
    ON CONFLICT (job_id) DO NOTHING
    RETURNING job_id, tenant_id, units
  ), usage AS (
    INSERT INTO tenant_usage_shards AS shards (tenant_id, shard, jobs, units)
    SELECT tenant_id, $5, count(*), sum(units) FROM effect GROUP BY tenant_id ORDER BY tenant_id
    ON CONFLICT (tenant_id, shard) DO UPDATE
    SET jobs = shards.jobs + excluded.jobs, units = shards.units + excluded.units
  )
  SELECT job_id AS id FROM effect`;

interface Start {
  message: JobMessage;
  attempt: number;
}

interface Finish {
  message: JobMessage;
  outcome: Outcome;
}

/** The starts and finishes of jobs: those that come together are one statement. */
export class JobRows {
  readonly #database: Database;
  readonly #firstShard = LANES.few * Math.floor(Math.random() * (SHARDS / LANES.few));
  readonly #starts: Batches<Start, StartedJob | undefined | null>;
  readonly #finishes: Batches<Finish, boolean>;

  constructor(database: Database, concurrency: number) {
    this.#database = database;
    const lanes = concurrency < MANY_JOBS ? LANES.few : LANES.many;
    this.#starts = new Batches(lanes, (starts) => this.#start(starts));
    this.#finishes = new Batches(lanes, (finishes, lane) => this.#finish(finishes, lane));
  }

  /** The job to run; undefined if it has succeeded or was cancelled; null if there is no such job. */
  start(message: JobMessage, attempt: number): Promise<StartedJob | undefined | null> {
    return this.#starts.add({ message, attempt });
  }

  /** False if the job had its effect before, or was cancelled. */
  finish(message: JobMessage, outcome: Outcome): Promise<boolean> {
    return this.#finishes.add({ message, outcome });
  }

  async #start(starts: readonly Start[]): Promise<(StartedJob | undefined | null)[]> {
    const ids = starts.map(({ message }) => message.jobId);
    const tenantIds = starts.map(({ message }) => message.tenantId);
    const attempts = starts.map(({ attempt }) => attempt);
    const rows = await this.#database.prepared<StartedJob & { id: string }>('start-jobs', START, [
      ids,
      tenantIds,
      attempts,
    ]);
    const started = new Map(rows.map((row) => [row.id, row]));
    const others = ids.some((id) => !started.has(id)) ? await this.#existing(ids, tenantIds) : new Set();
    return ids.map((id) => started.get(id) ?? (others.has(id) ? undefined : null));
  }

  async #existing(ids: readonly string[], tenantIds: readonly string[]): Promise<Set<string>> {
    const rows = await this.#database.query<{ id: string }>(
      `SELECT jobs.id FROM jobs JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (id, tenant_id) USING (id, tenant_id)`,
      [ids, tenantIds],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async #finish(finishes: readonly Finish[], lane: number): Promise<boolean[]> {
    const rows = await this.#database.prepared<{ id: string }>('finish-jobs', FINISH, [
      finishes.map(({ message }) => message.jobId),
      finishes.map(({ message }) => message.tenantId),
      finishes.map(({ outcome }) => outcome.units),
      finishes.map(({ outcome }) => JSON.stringify(outcome.result)),
      this.#firstShard + lane,
    ]);
    const first = new Set(rows.map(({ id }) => id));
    return finishes.map(({ message }) => first.delete(message.jobId));
  }
}

export async function saveProgress(database: Database, jobId: string, percent: number): Promise<void> {
  await database.query(
    `UPDATE jobs SET progress = $2 FROM (SELECT commit_asynchronously()) AS mode
     WHERE id = $1 AND status = 'running' AND progress < $2`,
    [jobId, percent],
  );
}

/** Marks the job as waiting for its next attempt, and keeps why this one ended: null if the worker stops. */
export async function requeueJob(database: Database, jobId: string, error: string | null): Promise<void> {
  await database.query(
    `WITH requeued AS (
       UPDATE jobs SET status = 'queued', progress = 0 WHERE id = $1 AND status = 'running'
       RETURNING id, attempts, attempt_started_at
     )
     INSERT INTO job_attempts (job_id, number, started_at, finished_at, error)
     SELECT id, attempts, attempt_started_at, now(), $2 FROM requeued WHERE attempt_started_at IS NOT NULL
     ON CONFLICT DO NOTHING`,
    [jobId, error],
  );
}

/** The tenant of the job; undefined if the job had ended before. */
export async function failJob(database: Database, jobId: string, error: string): Promise<string | undefined> {
  const [row] = await database.query<{ tenantId: string }>(
    `UPDATE jobs SET status = 'failed', error = $2, finished_at = now()
     WHERE id = $1 AND status IN ('queued', 'running')
     RETURNING tenant_id AS "tenantId"`,
    [jobId, error],
  );
  return row?.tenantId;
}

/** Those of the jobs that have not ended. */
export async function unfinishedJobs(database: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    "SELECT id FROM jobs WHERE id = ANY($1::uuid[]) AND status IN ('queued', 'running')",
    [ids],
  );
  return rows.map(({ id }) => id);
}

export async function wasCancelled(database: Database, jobId: string): Promise<boolean> {
  return (await cancelledJobs(database, [jobId])).length > 0;
}

/** Those of the jobs that were cancelled. */
export async function cancelledJobs(database: Database, ids: readonly string[]): Promise<string[]> {
  const rows = await database.query<{ id: string }>(
    "SELECT id FROM jobs WHERE id = ANY($1::uuid[]) AND status = 'cancelled'",
    [ids],
  );
  return rows.map(({ id }) => id);
}
