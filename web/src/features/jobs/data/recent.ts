import type { QueryClient } from '@tanstack/react-query';
import { isFinished, type Job, type JobSummary } from '../../../api/jobs.ts';
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

/** Whether the one is an earlier state of the same job, as far as states tell. */
export function isOlder(one: Job | JobSummary, other: Job | JobSummary): boolean {
  return !isFinished(one) && (isFinished(other) || one.attempts < other.attempts);
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
