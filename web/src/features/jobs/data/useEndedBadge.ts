import { matchQuery, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { isFinished, type JobSummary } from '../../../api/jobs.ts';
import { badgeTab } from '../../../components/tab-title.ts';
import { jobKeys } from './keys.ts';

/** Counts in the tab's title the jobs that have ended while nobody looked at the tab. */
export function useEndedBadge(): void {
  const client = useQueryClient();
  useEffect(() => badgeWhileHidden(client), [client]);
}

function badgeWhileHidden(client: QueryClient): () => void {
  const ended = new Set<string>();
  const look = (): void => {
    if (document.visibilityState === 'hidden') return;
    ended.clear();
    badgeTab(0);
  };
  const unsubscribe = client.getQueryCache().subscribe(({ type, query }) => {
    if (type !== 'updated' || !matchQuery({ queryKey: jobKeys.recents }, query)) return;
    const job = query.state.data as JobSummary | undefined;
    if (document.visibilityState !== 'hidden' || !job || !isFinished(job)) return;
    ended.add(job.id);
    badgeTab(ended.size);
  });
  document.addEventListener('visibilitychange', look);
  return () => {
    unsubscribe();
    document.removeEventListener('visibilitychange', look);
    badgeTab(0);
  };
}
