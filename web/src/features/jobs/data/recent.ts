import type { QueryClient } from '@tanstack/react-query';
import type { JobSummary } from '../../../api/jobs.ts';
import { jobKeys } from './keys.ts';

/** Longer than a replica of the database is behind. */
const RECENT_MS = 10_000;

/**
 * The states that events and answers to commands have brought lately. They stand above what a list or a job's request
 * answers: a replica may have read that before.
 */
export function keepRecent(client: QueryClient): void {
  client.setQueryDefaults(jobKeys.recents, { gcTime: RECENT_MS });
}

export function noteRecent(client: QueryClient, job: JobSummary): void {
  client.setQueryData<JobSummary>(jobKeys.recent(job.id), job);
}

export function recentState(client: QueryClient, id: string): JobSummary | undefined {
  return client.getQueryData<JobSummary>(jobKeys.recent(id));
}

export function recentStates(client: QueryClient): JobSummary[] {
  return client
    .getQueriesData<JobSummary>({ queryKey: jobKeys.recents })
    .flatMap(([, job]) => (job ? [job] : []));
}
