import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { type Attempt, isFinished, type Job, type Waiting } from '../../../api/jobs.ts';
import { jobKeys } from './keys.ts';
import { useJobsApi } from './queries.ts';

const AGAIN_MS = 3_000;

/** Read again until no attempt is running, also when the job is known to have ended: replicas lag. */
export function useAttempts(job: Job): UseQueryResult<Attempt[]> {
  const api = useJobsApi();
  return useQuery({
    queryKey: jobKeys.attempts(job.id),
    queryFn: ({ signal }) => api.attempts(job.id, signal),
    refetchInterval: ({ state: { data = [] } }) =>
      (!isFinished(job) || data.some(({ outcome }) => outcome === 'running')) && AGAIN_MS,
  });
}

/** Why a queued job has not begun. */
export function useWaiting(id: string): UseQueryResult<Waiting> {
  const api = useJobsApi();
  return useQuery({
    queryKey: jobKeys.waiting(id),
    queryFn: ({ signal }) => api.waiting(id, signal),
    refetchInterval: AGAIN_MS,
  });
}
