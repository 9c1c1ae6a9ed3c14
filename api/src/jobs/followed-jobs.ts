import type { Database } from '../stores/database.ts';
import { type JobSummary, SUMMARY_COLUMNS } from './job-summaries.ts';

/** The unfinished jobs of a tenant that a stream begins with, the newest. */
const UNFINISHED_SHOWN = 500;

/** PostgreSQL gives a row a new xmin with each change (PostgreSQL documentation, "System Columns"). */
export interface JobVersion {
  tenantId: string;
  id: string;
  version: string;
}

export interface FollowedJob extends JobVersion {
  summary: JobSummary;
}

type FollowedRow = JobSummary & { tenantId: string; version: string };

const NEWEST = (status: string): string => `(
  SELECT id, created_at, xmin::text AS version FROM jobs
  WHERE tenant_id = tenant.id AND status = '${status}'
  ORDER BY created_at DESC, id DESC LIMIT ${UNFINISHED_SHOWN})`;

/** Each status by itself: an index has its rows in this order. */
const UNFINISHED = `
  SELECT tenant.id AS "tenantId", job.id, job.version
  FROM unnest($1::uuid[]) AS tenant (id) CROSS JOIN LATERAL (
    SELECT id, version FROM (${NEWEST('queued')} UNION ALL ${NEWEST('running')}) AS unfinished
    ORDER BY created_at DESC, id DESC LIMIT ${UNFINISHED_SHOWN}
  ) AS job`;

const FOLLOWED = `
  SELECT tenant_id AS "tenantId", xmin::text AS version, ${SUMMARY_COLUMNS}
  FROM jobs WHERE id = ANY($1::uuid[])`;

/** Of these tenants. All of this file reads the primary: the replica may not have the latest change yet. */
export function unfinishedJobs(database: Database, tenantIds: readonly string[]): Promise<JobVersion[]> {
  return database.query<JobVersion>(UNFINISHED, [tenantIds]);
}

export async function followedJobs(database: Database, ids: readonly string[]): Promise<FollowedJob[]> {
  const rows = await database.query<FollowedRow>(FOLLOWED, [ids]);
  return rows.map(({ tenantId, version, ...summary }) => ({ tenantId, id: summary.id, version, summary }));
}

export async function jobExists(database: Database, tenantId: string, id: string): Promise<boolean> {
  const rows = await database.query('SELECT FROM jobs WHERE tenant_id = $1 AND id = $2', [tenantId, id]);
  return rows.length > 0;
}
