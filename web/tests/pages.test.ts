import { describe, expect, it } from 'vitest';
import type { JobPage, JobSummary } from '../src/api/jobs.ts';
import { createQueryClient } from '../src/app/query-client.ts';
import { applyJobs, type JobPages } from '../src/features/jobs/data/cache.ts';
import { jobKeys } from '../src/features/jobs/data/keys.ts';
import { MOST_KEPT, readFirst } from '../src/features/jobs/data/pages.ts';
import { job } from './some-jobs.ts';

/** The newest first. */
function jobs(count: number): JobSummary[] {
  const at = (index: number): string => new Date(1_000 * (count - index)).toISOString();
  return Array.from({ length: count }, (_, index) => job({ id: `job-${index}`, createdAt: at(index) }));
}

function listing(all: readonly JobSummary[]): (limit: number, cursor?: string) => Promise<JobPage> {
  return (limit, cursor = '0') => {
    const end = Number(cursor) + limit;
    return Promise.resolve({
      items: all.slice(Number(cursor), end),
      nextCursor: end < all.length ? String(end) : null,
    });
  };
}

describe('the first page, read again', () => {
  const all = jobs(2 * MOST_KEPT);

  it.each([
    { known: all.slice(0, 0), count: 20 },
    { known: all.slice(0, 100), count: 100 },
    { known: all.slice(0, 230), count: 230 },
    { known: all.slice(0, MOST_KEPT), count: MOST_KEPT },
    { known: all.slice(0, MOST_KEPT + 1), count: 100 },
  ])('has $count jobs of those known', async ({ known, count }) => {
    const { items, nextCursor } = await readFirst(listing(all), known);
    expect(items).toEqual(all.slice(0, count));
    expect(nextCursor).toBe(String(count));
  });

  it('reaches as far down as before when jobs have come that nobody told of', async () => {
    const { items } = await readFirst(listing(all), all.slice(5, 105));
    expect(items.slice(5, 105)).toEqual(all.slice(5, 105));
  });

  it('ends where the jobs end', async () => {
    const few = jobs(30);
    expect(await readFirst(listing(few), few)).toEqual({ items: few, nextCursor: null });
  });
});

describe('the arrivals that a list keeps', () => {
  it('are limited', () => {
    const client = createQueryClient();
    const key = jobKeys.list({});
    client.setQueryData<JobPages>(key, {
      pages: [{ items: [], nextCursor: null }],
      pageParams: [undefined],
    });
    const all = jobs(MOST_KEPT + 1);
    applyJobs(client, all.slice(1));
    expect(client.getQueryState(key)?.isInvalidated).toBe(false);
    applyJobs(client, all);
    expect(client.getQueryState(key)?.isInvalidated).toBe(true);
    client.clear();
  });
});
