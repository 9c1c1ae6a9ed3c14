import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { JobCounts, Usage } from '../../../api/jobs.ts';
import { jobKeys } from './keys.ts';
import { useJobsApi } from './queries.ts';

/** Events come many a second, and the answer may be a replica's: so long after one, totals are read again. */
const LATER_MS = 2_000;

/** Of all jobs of the tenant. Read again while some are unfinished: a replica may not know yet that they have ended. */
export function useJobCounts(): UseQueryResult<JobCounts> {
  const api = useJobsApi();
  return useQuery({
    queryKey: jobKeys.counts,
    queryFn: ({ signal }) => api.counts(signal),
    refetchInterval: ({ state: { data, isInvalidated } }) => {
      if (isInvalidated) return LATER_MS;
      return data && data.queued + data.running > 0 ? 2 * LATER_MS : false;
    },
  });
}

export function useUsage(): UseQueryResult<Usage> {
  const api = useJobsApi();
  return useQuery({
    queryKey: jobKeys.usage,
    queryFn: ({ signal }) => api.usage(signal),
    refetchInterval: ({ state }) => state.isInvalidated && 2 * LATER_MS,
  });
}
