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

const NO_ID = '00000000-0000-0000-0000-000000000000';
const SHORTEST_ID = 8;
const FIRST_DAY = '1970-01-01';
/** The day after it begins within the years that the service takes, in every time zone. */
export const LAST_DAY = '9999-12-30';

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

/** Whether it is an id or its beginning, in lower case, long enough to search for. */
export function isSearchedId(text: string): boolean {
  return text.length >= SHORTEST_ID && NO_ID.startsWith(text.replace(/[0-9a-f]/g, '0'));
}

export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < FIRST_DAY || text > LAST_DAY) return false;
  const day = new Date(`${text}T00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
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
