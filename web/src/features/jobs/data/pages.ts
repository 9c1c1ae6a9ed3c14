import type { JobPage, JobSummary } from '../../../api/jobs.ts';

export const PAGE_SIZE = 20;
/** As many as the API lists at once. */
const LARGEST_PAGE = 100;
/** A first page that arrivals have made longer than this is read again, with the newest LARGEST_PAGE alone. */
export const MOST_KEPT = 500;

/** Reads the first page as far down as it is known, which is further than it was once jobs have arrived. */
export async function readFirst(
  read: (limit: number, cursor?: string) => Promise<JobPage>,
  known: readonly JobSummary[] = [],
): Promise<JobPage> {
  const kept = newestFirst(known);
  if (kept.length > MOST_KEPT) kept.length = LARGEST_PAGE;
  const oldest = kept.at(-1);
  const limitAfter = (count: number): number =>
    Math.min(Math.max(kept.length - count, PAGE_SIZE), LARGEST_PAGE, MOST_KEPT - count);
  const isWhole = ({ items }: JobPage): boolean => {
    const last = items.at(-1);
    return !oldest || !last || !isNewer(last, oldest) || items.length >= MOST_KEPT;
  };

  let page = await read(limitAfter(0));
  while (page.nextCursor !== null && !isWhole(page)) {
    const next = await read(limitAfter(page.items.length), page.nextCursor);
    page = { ...next, items: [...page.items, ...next.items] };
  }
  return page;
}

export function newestFirst(jobs: Iterable<JobSummary>): JobSummary[] {
  return [...jobs].sort((a, b) => (isNewer(a, b) ? -1 : 1));
}

export function isNewer(a: JobSummary, b: JobSummary): boolean {
  return a.createdAt === b.createdAt ? a.id > b.id : a.createdAt > b.createdAt;
}
