import { useCallback, useEffect, useState } from 'react';
import type { JobPage, JobState } from '../api/jobs.ts';
import { useServices } from '../services.ts';
import { mergeJobs } from './history.ts';

export interface History {
  jobs: readonly JobState[];
  loaded: boolean;
  connected: boolean;
  error: unknown;
  hasMore: boolean;
  add: (job: JobState) => void;
  /** Loads the newest page again. */
  load: () => void;
  loadMore: () => void;
}

/** The tenant's jobs, newest first, kept up to date by the event stream. */
export function useHistory(): History {
  const { jobs: service } = useServices();
  const [jobs, setJobs] = useState<readonly JobState[]>([]);
  const [cursor, setCursor] = useState<string | null>();
  const [connected, setConnected] = useState(true);
  const [error, setError] = useState<unknown>();

  const add = useCallback((...arrived: JobState[]) => {
    setJobs((known) => mergeJobs(known, arrived));
  }, []);

  const load = useCallback(
    (from?: string) => {
      const accept = (page: JobPage): void => {
        setError(undefined);
        add(...page.items);
        setCursor((known) => (from === undefined && known !== undefined ? known : page.nextCursor));
      };
      service.list(from).then(accept, setError);
    },
    [service, add],
  );

  useEffect(() => {
    const closing = new AbortController();
    const watch = {
      onJob: add,
      onConnection: (isConnected: boolean) => {
        setConnected(isConnected || closing.signal.aborted);
        if (isConnected) load();
      },
      signal: closing.signal,
    };
    service.watchAll(watch).catch(setError);
    return () => {
      closing.abort();
    };
  }, [service, add, load]);

  return {
    jobs,
    loaded: cursor !== undefined,
    connected,
    error,
    hasMore: typeof cursor === 'string',
    add,
    load,
    loadMore: () => {
      load(cursor ?? undefined);
    },
  };
}
