import type { Database } from '../stores/database.ts';
import { type FieldCode, type FieldParams, Problem } from '../errors.ts';
import { type JobSummary, SUMMARY_COLUMNS } from './job-summaries.ts';
import { type JobStatus, STATUSES } from './jobs.ts';

export interface Page {
  items: JobSummary[];
  nextCursor: string | null;
}

export interface ListOptions {
  limit: number;
  cursor?: string;
  status?: JobStatus;
  kind?: string;
  /** The id or its beginning: as little as the schema allows may match a few of all tenants' jobs, not many. */
  id?: string;
  /** From this time on, and until before the other. */
  createdFrom?: string;
  createdBefore?: string;
}

/** A count of this many says that there are so many or more. */
export const MOST_COUNTED = 1_000;

const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** OFFSET keeps the planner from looking through the tenant's jobs for the range instead. */
const BY_ID = '(SELECT * FROM jobs WHERE id BETWEEN $3 AND $4 OFFSET 0) AS jobs';

const COUNT = `
  SELECT status, (
    SELECT count(*)::int FROM (
      SELECT FROM jobs WHERE tenant_id = $1 AND jobs.status = statuses.status LIMIT ${MOST_COUNTED}
    ) AS counted
  ) AS count
  FROM unnest($2::text[]) AS statuses (status)`;

/** Newest first, by an index in that order: that of the status, or else that of the tenant. */
export async function listJobs(database: Database, tenantId: string, options: ListOptions): Promise<Page> {
  const { text, values } = listStatement(tenantId, options);
  const rows = await database.read<JobSummary>(text, values);
  const items = rows.slice(0, options.limit);
  const last = items.at(-1);
  return { items, nextCursor: last && rows.length > options.limit ? encodeCursor(last) : null };
}

export function listStatement(tenantId: string, options: ListOptions): { text: string; values: unknown[] } {
  const { limit, cursor, status, kind, id, createdFrom, createdBefore } = options;
  const values: unknown[] = [tenantId, limit + 1];
  if (id !== undefined) values.push(...idRange(id));
  const conditions = ['tenant_id = $1'];
  if (status) conditions.push(`status = $${values.push(status)}`);
  if (kind !== undefined) conditions.push(`kind = $${values.push(kind)}`);
  if (createdFrom !== undefined)
    conditions.push(`created_at >= $${values.push(timeOf('createdFrom', createdFrom))}::timestamptz`);
  if (createdBefore !== undefined)
    conditions.push(`created_at < $${values.push(timeOf('createdBefore', createdBefore))}::timestamptz`);
  if (cursor !== undefined) {
    const place = decodeCursor(cursor);
    const [createdAt, lastId] = [values.push(place.createdAt), values.push(place.id)];
    conditions.push(`(created_at, id) < ($${createdAt}::timestamptz, $${lastId}::uuid)`);
  }
  const text = `SELECT ${SUMMARY_COLUMNS} FROM ${id === undefined ? 'jobs' : BY_ID}
    WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT $2`;
  return { text, values };
}

/** Of all the tenant's jobs that are stored, each up to MOST_COUNTED. */
export async function countJobs(database: Database, tenantId: string): Promise<Record<JobStatus, number>> {
  const rows = await database.read<{ status: JobStatus; count: number }>(COUNT, [tenantId, STATUSES]);
  const counts = { queued: 0, running: 0, succeeded: 0, failed: 0, cancelled: 0 };
  for (const { status, count } of rows) counts[status] = count;
  return counts;
}

function idRange(beginning: string): [string, string] {
  const { length } = beginning;
  const lowest = beginning + LOWEST_ID.slice(length);
  if (!UUID.test(lowest)) throw invalid('id', 'invalid', 'must be the beginning of an id');
  return [lowest, beginning + HIGHEST_ID.slice(length)];
}

function encodeCursor(job: JobSummary): string {
  return Buffer.from(`${job.createdAt.toISOString()} ${job.id}`).toString('base64url');
}

const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

function decodeCursor(cursor: string): { createdAt: string; id: string } {
  const [, createdAt, id] = CURSOR.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (createdAt === undefined || id === undefined || isoTime(createdAt) !== createdAt)
    throw invalid('cursor', 'invalid', 'must be the nextCursor of an earlier answer');
  return { createdAt, id };
}

function timeOf(field: string, text: string): string {
  const time = isoTime(text);
  if (time === undefined)
    throw invalid(field, 'wrong_format', 'must be a time of the years 1 to 9999', { allowed: ['date-time'] });
  return time;
}

/** Undefined for what PostgreSQL does not take: JavaScript takes the year 0 and years of more digits. */
function isoTime(text: string): string | undefined {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return undefined;
  const iso = time.toISOString();
  return /^(?!0000)\d{4}-/.test(iso) ? iso : undefined;
}

function invalid(field: string, code: FieldCode, message: string, params: FieldParams = {}): Problem {
  const errors = [{ field, code, params, message }];
  return new Problem(400, 'invalid_request', 'The request is not valid.', { errors });
}
