import {
  type DefaultError,
  type QueryClient,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useMutation,
  type UseMutationResult,
  useQuery,
  useQueryClient,
  type UseQueryResult,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { StaleAnswerError } from '../../../api/errors.ts';
import type { JobFilters } from '../../../api/job-filters.ts';
import {
  isFinished,
  type Job,
  type JobPage,
  type JobSummary,
  JobsApi,
  type NewJob,
} from '../../../api/jobs.ts';
import { useSession } from '../../session/context.ts';
import { applyAnswer, type JobPages, jobsOf, withState, withStates } from './cache.ts';
import { jobKeys } from './keys.ts';
import { isNewer, PAGE_SIZE, readFirst } from './pages.ts';
import { isOlder, recentState, recentStates } from './recent.ts';

export function useJobsApi(): JobsApi {
  const session = useSession();
  return useMemo(() => new JobsApi(session), [session]);
}

/** The tenant's jobs that match, newest first, page by page. The event stream keeps them up to date. */
export function useJobs(filters: JobFilters): UseInfiniteQueryResult<JobSummary[]> {
  const client = useQueryClient();
  const api = useJobsApi();
  return useInfiniteQuery({
    queryKey: jobKeys.list(filters),
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const read = (limit: number, after = cursor): Promise<JobPage> =>
        api.list({ filters, cursor: after, limit, signal });
      if (cursor !== undefined) return withRecent(client, await read(PAGE_SIZE), filters, false);
      const known = client.getQueryData<JobPages>(jobKeys.list(filters))?.pages[0]?.items;
      return withRecent(client, await readFirst(read, known), filters, true);
    },
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    select: jobsOf,
    // An event replaces the jobs that it changes; to compare all of them each time would find nothing more.
    structuralSharing: false,
  });
}

export function useJob(id: string): UseQueryResult<Job> {
  const client = useQueryClient();
  const api = useJobsApi();
  return useQuery({
    queryKey: jobKeys.detail(id),
    queryFn: async ({ signal }) => {
      const job = await api.find(id, signal);
      const recent = recentState(client, id);
      if (!recent || isOlder(recent, job)) return job;
      if (isFinished(recent) && !isFinished(job)) throw new StaleAnswerError();
      return withState(job, recent);
    },
  });
}

export interface Submission {
  job: NewJob;
  key: string;
  signal: AbortSignal;
}

export function useSubmitJob(): UseMutationResult<Job, DefaultError, Submission> {
  const client = useQueryClient();
  const api = useJobsApi();
  return useMutation({
    mutationFn: ({ job, key, signal }: Submission) => api.submit(job, key, signal),
    onSuccess: (job) => {
      applyAnswer(client, job);
    },
  });
}

export function withRecent(
  client: QueryClient,
  page: JobPage,
  filters: JobFilters,
  isFirst: boolean,
): JobPage {
  const known = new Map(page.items.map((job) => [job.id, job]));
  const recent = recentStates(client).filter((job) => !isOlder(job, known.get(job.id) ?? job));
  const oldest = page.nextCursor === null ? undefined : page.items.at(-1);
  const added = recent.filter((job) => !known.has(job.id) && (!oldest || isNewer(job, oldest)));
  return withStates(page, filters, recent, isFirst ? added : []);
}
