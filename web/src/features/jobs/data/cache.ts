import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { type JobFilters, matches } from '../../../api/job-filters.ts';
import { isFinished, type Job, type JobPage, type JobSummary } from '../../../api/jobs.ts';
import { jobKeys } from './keys.ts';
import { isNewer, MOST_KEPT, newestFirst } from './pages.ts';
import { isOlder, noteRecent, recentState } from './recent.ts';

export type JobPages = InfiniteData<JobPage, string | undefined>;

/** Puts the states of jobs that have arrived into every list and page that shows them. */
export function applyJobs(client: QueryClient, arrived: readonly JobSummary[]): void {
  for (const job of arrived) noteRecent(client, job);
  const lists = client.getQueriesData<JobPages>({ queryKey: jobKeys.lists });
  for (const [key, pages] of lists) {
    const filters = key[2] as JobFilters;
    if (!pages) continue;
    const changed = client.setQueryData<JobPages>(key, withJobs(pages, filters, arrived));
    const isTooLong = (changed?.pages[0]?.items.length ?? 0) > MOST_KEPT;
    const all = { queryKey: key, exact: true, refetchType: 'all' } as const;
    if (isTooLong) void client.invalidateQueries(all, { cancelRefetch: false });
  }
  for (const job of arrived) applyToDetail(client, job);
  if (arrived.length > 0) void client.invalidateQueries({ queryKey: jobKeys.totals, refetchType: 'none' });
}

/** The answer to a command, which may come after events that the command has caused. */
export function applyAnswer(client: QueryClient, job: Job): void {
  const recent = recentState(client, job.id);
  if (!recent || !isOlder(job, recent)) applyJobs(client, [{ ...job, omitted: [] }]);
}

function applyToDetail(client: QueryClient, job: JobSummary): void {
  const key = jobKeys.detail(job.id);
  const before = client.getQueryData<Job>(key);
  client.setQueryData<Job>(key, (known) => known && withState(known, job));
  if (isFinished(job) && job.omitted.includes('result')) void client.invalidateQueries({ queryKey: key });
  if (before && (before.status !== job.status || before.attempts !== job.attempts)) {
    void client.invalidateQueries({ queryKey: jobKeys.attempts(job.id) });
    void client.invalidateQueries({ queryKey: jobKeys.waiting(job.id) });
  }
}

/** The whole job with its state from a list or an event, which leaves out long values. */
export function withState(job: Job, { omitted, ...state }: JobSummary): Job {
  const known = Object.fromEntries(omitted.map((name) => [name, job[name]]));
  return { ...state, ...known };
}

/** A new job goes into the first page unless it belongs further down than what is loaded. */
export function withJobs(pages: JobPages, filters: JobFilters, arrived: readonly JobSummary[]): JobPages {
  const known = new Set(pages.pages.flatMap(({ items }) => items.map(({ id }) => id)));
  const last = pages.pages.at(-1);
  const oldest = last?.nextCursor == null ? undefined : last.items.at(-1);
  const isShown = (job: JobSummary): boolean => !known.has(job.id) && (!oldest || isNewer(job, oldest));
  const added = arrived.filter(isShown);
  return {
    ...pages,
    pages: pages.pages.map((page, index) => withStates(page, filters, arrived, index === 0 ? added : [])),
  };
}

/** The page with the states that have arrived of its jobs, and the added ones. */
export function withStates(
  page: JobPage,
  filters: JobFilters,
  arrived: readonly JobSummary[],
  added: readonly JobSummary[],
): JobPage {
  const states = new Map(arrived.map((job) => [job.id, job]));
  const items = page.items.map((job) => states.get(job.id) ?? job);
  return { ...page, items: [...added, ...items].filter((job) => matches(job, filters)) };
}

/** Each job once, the newest first. */
export function jobsOf({ pages }: JobPages): JobSummary[] {
  const jobs = new Map(pages.flatMap(({ items }) => items.map((job) => [job.id, job])));
  return newestFirst(jobs.values());
}
