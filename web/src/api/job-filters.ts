import type { Job, JobStatus, JobSummary } from './jobs.ts';

const HOUR_MS = 3_600_000;
const PERIODS = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
};
export type Period = keyof typeof PERIODS;
export const PERIOD_NAMES = Object.keys(PERIODS) as Period[];

/** What a list is narrowed to. */
export interface JobFilters {
  status?: JobStatus | undefined;
  kind?: Job['kind'] | undefined;
  /** The id or its beginning. */
  id?: string | undefined;
  /** Up to now. */
  period?: Period | undefined;
  /** Days of the browser's time zone, YYYY-MM-DD, both of them included. */
  from?: string | undefined;
  to?: string | undefined;
}

interface Range {
  createdFrom?: string;
  createdBefore?: string;
}

/** The filters as the service takes them. */
export function queryOf(
  { status, kind, id, ...times }: JobFilters,
  now = Date.now(),
): Record<string, string> {
  return { ...(status && { status }), ...(kind && { kind }), ...(id && { id }), ...rangeOf(times, now) };
}

export function matches(job: JobSummary, filters: JobFilters, now = Date.now()): boolean {
  const { status, kind, id } = filters;
  const { createdFrom, createdBefore } = rangeOf(filters, now);
  return (
    (status === undefined || job.status === status) &&
    (kind === undefined || job.kind === kind) &&
    (id === undefined || job.id.startsWith(id.toLowerCase())) &&
    (createdFrom === undefined || job.createdAt >= createdFrom) &&
    (createdBefore === undefined || job.createdAt < createdBefore)
  );
}

function rangeOf({ period, from, to }: Pick<JobFilters, 'period' | 'from' | 'to'>, now: number): Range {
  if (period) return { createdFrom: new Date(now - PERIODS[period]).toISOString() };
  return { ...(from && { createdFrom: startOf(from, 0) }), ...(to && { createdBefore: startOf(to, 1) }) };
}

function startOf(day: string, daysLater: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + daysLater).toISOString();
}
