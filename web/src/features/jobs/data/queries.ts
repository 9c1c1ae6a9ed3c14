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
import { applyAnswer, isNewer, jobsOf, withState, withStates } from './cache.ts';
import { jobKeys } from './keys.ts';
import { isOlder, recentState, recentStates } from './recent.ts';

export const PAGE_SIZE = 20;

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
      const page = await api.list({ filters, cursor, limit: PAGE_SIZE, signal });
      return withRecent(client, page, filters, cursor === undefined);
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
