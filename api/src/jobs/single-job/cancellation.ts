import type { Database } from '../../stores/database.ts';
import { Problem } from '../../errors.ts';
import { COLUMNS, findJobOnPrimary, type Job, noSuchJob } from '../jobs.ts';

/**
 * Whoever commits first decides, here or in the worker's statement that writes the effect: both change the job's row, and
 * look at its status again once they hold it.
 */
const CANCEL = `
  UPDATE jobs SET status = 'cancelled', finished_at = now()
  WHERE tenant_id = $1 AND id = $2 AND status IN ('queued', 'running')
  RETURNING ${COLUMNS}`;

export interface Cancelled {
  job: Job;
  /** False if it was cancelled before. */
  isNew: boolean;
}

/** After this the job has no effect any more. A job that has succeeded or failed can't be cancelled. */
export async function cancelJob(database: Database, tenantId: string, id: string): Promise<Cancelled> {
  const [cancelled] = await database.query<Job>(CANCEL, [tenantId, id]);
  if (cancelled) return { job: cancelled, isNew: true };
  const job = await findJobOnPrimary(database, tenantId, id);
  if (!job) throw noSuchJob();
  if (job.status === 'cancelled') return { job, isNew: false };
  throw new Problem(409, 'job_finished', 'The job has ended already.');
}
