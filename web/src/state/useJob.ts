import { useCallback, useEffect, useState } from 'react';
import { isFinished, type Job } from '../api/jobs.ts';
import { useServices } from '../services.ts';
import { laterOf } from './history.ts';

export interface WatchedJob {
  job: Job | undefined;
  connected: boolean;
  error: unknown;
  tryAgain: () => void;
}

/** A job, kept up to date until it is finished. */
export function useJob(id: string): WatchedJob {
  const { jobs } = useServices();
  const [job, setJob] = useState<Job>();
  const [connected, setConnected] = useState(true);
  const [error, setError] = useState<unknown>();
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const { signal, abort } = closable();
    const accept = (arrived: Job): void => {
      setJob((known) => laterOf(known, arrived));
    };
    const fail = (reason: unknown): void => {
      if (!signal.aborted) setError(reason);
    };
    const showConnection = (isConnected: boolean): void => {
      setConnected(isConnected || signal.aborted);
    };
    const start = async (): Promise<void> => {
      const found = await jobs.find(id);
      accept(found);
      if (isFinished(found) || signal.aborted) return;
      await jobs.watch(id, { onJob: accept, onConnection: showConnection, signal });
    };
    start().catch(fail);
    return abort;
  }, [jobs, id, attempt]);

  const tryAgain = useCallback(() => {
    setError(undefined);
    setAttempt((count) => count + 1);
  }, []);
  return { job, connected: connected || (job !== undefined && isFinished(job)), error, tryAgain };
}

function closable(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: () => {
      controller.abort();
    },
  };
}
