import {
  type DefaultError,
  useMutation,
  type UseMutationResult,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../../api/errors.ts';
import type { Job } from '../../../api/jobs.ts';
import { applyAnswer } from './cache.ts';
import { jobKeys } from './keys.ts';
import { useJobsApi } from './queries.ts';

export function useCancelJob(id: string): UseMutationResult<Job, DefaultError, void> {
  const client = useQueryClient();
  const api = useJobsApi();
  return useMutation({
    mutationFn: () => api.cancel(id),
    onSuccess: (job) => {
      applyAnswer(client, job);
    },
    onError: (error) => {
      const hasEnded = error instanceof ApiError && error.code === 'job_finished';
      if (hasEnded) void client.invalidateQueries({ queryKey: jobKeys.detail(id) });
    },
  });
}

/** One job, however often it is sent, until it was accepted. */
export function useRunAgain(id: string): UseMutationResult<Job, DefaultError, void> {
  const client = useQueryClient();
  const api = useJobsApi();
  const [key, setKey] = useState(() => crypto.randomUUID());
  return useMutation({
    mutationFn: () => api.runAgain(id, key),
    onSuccess: (job) => {
      setKey(crypto.randomUUID());
      applyAnswer(client, job);
    },
  });
}
