import type { Database } from '../stores/database.ts';
import { Problem } from '../errors.ts';
import { type JobSummary, SUMMARY_COLUMNS } from './job-summaries.ts';

export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed';

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
}

export interface Page {
  items: JobSummary[];
  nextCursor: string | null;
}

export const COLUMNS = `id, kind, payload, status, progress, attempts, result, error,
  created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt"`;

export function isFinished(job: Pick<Job, 'status'>): boolean {
  return job.status === 'succeeded' || job.status === 'failed';
}

/** From the replica, or from the primary when the replica does not have the job yet. */
export async function findJob(database: Database, tenantId: string, id: string): Promise<Job | undefined> {
  const text = `SELECT ${COLUMNS} FROM jobs WHERE tenant_id = $1 AND id = $2`;
  const [job] = await database.read<Job>(text, [tenantId, id]);
  return job ?? (database.reader ? (await database.query<Job>(text, [tenantId, id]))[0] : undefined);
}

export async function listJobs(
  database: Database,
  tenantId: string,
  options: { limit: number; cursor?: string; status?: JobStatus },
): Promise<Page> {
  const { limit, cursor, status } = options;
  const values: unknown[] = [tenantId, limit + 1];
  let where = 'tenant_id = $1';
  if (status) where += ` AND status = $${values.push(status)}`;
  if (cursor !== undefined) {
    const { createdAt, id } = decodeCursor(cursor);
    where += ` AND (created_at, id) < ($${values.push(createdAt)}::timestamptz, $${values.push(id)}::uuid)`;
  }
  const text = `SELECT ${SUMMARY_COLUMNS} FROM jobs WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT $2`;
  const rows = await database.read<JobSummary>(text, values);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last && rows.length > limit ? encodeCursor(last) : null };
}

export async function usageOf(
  database: Database,
  tenantId: string,
): Promise<{ jobs: number; units: number }> {
  const [row] = await database.read<{ jobs: string | null; units: string | null }>(
    `SELECT sum(jobs) AS jobs, sum(units) AS units FROM (
       SELECT jobs, units FROM tenant_usage WHERE tenant_id = $1
       UNION ALL SELECT jobs, units FROM tenant_usage_shards WHERE tenant_id = $1
     ) AS parts`,
    [tenantId],
  );
  return { jobs: Number(row?.jobs ?? 0), units: Number(row?.units ?? 0) };
}

function encodeCursor(job: JobSummary): string {
  return Buffer.from(`${job.createdAt.toISOString()} ${job.id}`).toString('base64url');
}

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function decodeCursor(cursor: string): { createdAt: string; id: string } {
  const [, createdAt, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined || !isTime(createdAt)) {
    const errors = [{ field: 'cursor', message: 'must be the nextCursor of an earlier answer' }];
    throw new Problem(400, 'The request is not valid.', { errors });
  }
  return { createdAt, id };
}

/** JavaScript takes 30 February and the year 0, PostgreSQL does not. */
function isTime(text: string): boolean {
  const time = Date.parse(text);
  return !text.startsWith('0000') && !Number.isNaN(time) && new Date(time).toISOString() === text;
}
