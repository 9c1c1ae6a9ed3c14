import type { Database } from '../stores/database.ts';
import type { Outcome } from '../kinds/kind.ts';
import type { JobMessage } from '../messages.ts';

export interface StartedJob {
  kind: string;
  payload: unknown;
}

/** One statement, so one transaction: a second execution changes nothing. */
const FINISH = `
  WITH effect AS (
    INSERT INTO job_effects (job_id, tenant_id, units) VALUES ($1, $2, $3)
    ON CONFLICT (job_id) DO NOTHING
    RETURNING job_id, tenant_id, units
  ), usage AS (
    INSERT INTO tenant_usage (tenant_id, jobs, units) SELECT tenant_id, 1, units FROM effect
    ON CONFLICT (tenant_id) DO UPDATE
    SET jobs = tenant_usage.jobs + 1, units = tenant_usage.units + excluded.units
  ), changed AS (
    UPDATE jobs SET status = 'succeeded', progress = 100, result = $4, error = NULL, finished_at = now()
    FROM effect WHERE jobs.id = effect.job_id
  )
  SELECT job_id FROM effect`;

/** The job to run; undefined if it has succeeded before; null if there is no such job. */
export async function startJob(
  database: Database,
  message: JobMessage,
  attempt: number,
): Promise<StartedJob | undefined | null> {
  const { jobId, tenantId } = message;
  const [started] = await database.query<{ kind: string; payload: unknown }>(
    `UPDATE jobs
     SET status = 'running', attempts = $3, progress = 0, error = NULL, finished_at = NULL,
         started_at = coalesce(started_at, now())
     WHERE id = $1 AND tenant_id = $2 AND status <> 'succeeded'
     RETURNING kind, payload`,
    [jobId, tenantId, attempt],
  );
  if (started) return started;
  const known = await database.query('SELECT FROM jobs WHERE id = $1 AND tenant_id = $2', [jobId, tenantId]);
  return known.length > 0 ? undefined : null;
}

export async function saveProgress(database: Database, jobId: string, percent: number): Promise<void> {
  await database.query(
    "UPDATE jobs SET progress = $2 WHERE id = $1 AND status = 'running' AND progress < $2",
    [jobId, percent],
  );
}

/** False if the job had its effect before. */
export async function finishJob(
  database: Database,
  message: JobMessage,
  { result, units }: Outcome,
): Promise<boolean> {
  const values = [message.jobId, message.tenantId, units, JSON.stringify(result)];
  return (await database.query(FINISH, values)).length > 0;
}

/** Marks the job as waiting for its next attempt. */
export async function requeueJob(database: Database, jobId: string): Promise<void> {
  await database.query(
    "UPDATE jobs SET status = 'queued', progress = 0 WHERE id = $1 AND status = 'running'",
    [jobId],
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
