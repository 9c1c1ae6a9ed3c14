import { QueryClient } from '@tanstack/react-query';
import { isTemporary } from '../api/errors.ts';
import { backoff } from '../api/time.ts';
import { keepRecent } from '../features/jobs/data/recent.ts';

const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 10_000;
const KEPT_MS = 30 * 60_000;
const SUBMISSION_RETRIES = 4;

/** A cache for one user. Events keep it up to date, so nothing is read again only because time has passed. */
export function createQueryClient(): QueryClient {
  const retryDelay = (failures: number): number => backoff(failures, FIRST_RETRY_MS, LONGEST_RETRY_MS);
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        gcTime: KEPT_MS,
        retry: (_failures, error) => isTemporary(error),
        retryDelay,
      },
      mutations: {
        retry: (failures, error) => failures < SUBMISSION_RETRIES && isTemporary(error),
        retryDelay,
      },
    },
  });
  keepRecent(client);
  return client;
}
