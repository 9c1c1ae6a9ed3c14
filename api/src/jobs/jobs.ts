import { Problem } from '../errors.ts';
import type { Database } from '../stores/database.ts';

export const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof STATUSES)[number];

/** Submitted by a user, or by the worker when an account was opened. */
export const ORIGINS = ['user', 'welcome'] as const;

export interface Job {
  id: string;
  kind: string;
  payload: unknown;
  status: JobStatus;
  progress: number;
  attempts: number;
  result: unknown;
  error: string | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** The e-mail address of the account; null if it is not known. */
  createdBy: string | null;
  origin: (typeof ORIGINS)[number];
  requestId: string | null;
  runAgainOf: string | null;
}

/** Of a job that a summary has too. */
export const COMMON_COLUMNS = `id, kind, status, progress, attempts,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt",
  (SELECT email FROM users WHERE users.id = jobs.created_by) AS "createdBy", origin,
  request_id AS "requestId", run_again_of AS "runAgainOf"`;

export const COLUMNS = `${COMMON_COLUMNS}, payload, result, error`;

export function isFinished({ status }: Pick<Job, 'status'>): boolean {
  return status !== 'queued' && status !== 'running';
}

export function noSuchJob(): Problem {
  return new Problem(404, 'job_not_found', 'There is no such job.');
}

const FIND = `SELECT ${COLUMNS} FROM jobs WHERE tenant_id = $1 AND id = $2`;

/** From the replica, or from the primary when the replica does not have the job yet. */
export async function findJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const [job] = await database.read<Job>(FIND, [tenantId, id]);
  return job ?? (database.reader ? findJobOnPrimary(database, tenantId, id) : undefined);
}

export async function findJobOnPrimary(
  database: Database,
  tenantId: string,
  id: string,
): Promise<Job | undefined> {
  return (await database.query<Job>(FIND, [tenantId, id]))[0];
}
