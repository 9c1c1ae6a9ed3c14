import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { follow } from '../../../api/event-stream.ts';
import type { JobSummary } from '../../../api/jobs.ts';
import { applyJobs } from './cache.ts';
import { jobKeys } from './keys.ts';
import { useJobsApi } from './queries.ts';
import { shareStream } from './shared-stream.ts';
import { whileSeen } from './visibility.ts';

/** Events that arrive within this time are shown at once, in one rendering. */
const GATHER_MS = 50;

/** Puts the events of the browser's one stream into the query cache. Returns whether the stream is connected. */
export function useLiveJobs(userId: string): boolean {
  const client = useQueryClient();
  const api = useJobsApi();
  const [connected, setConnected] = useState(true);

  useEffect(() => {
    let arrived: JobSummary[] = [];
    const flush = (): void => {
      applyJobs(client, arrived);
      arrived = [];
    };
    const onEvent = (data: string): void => {
      if (arrived.length === 0) setTimeout(flush, GATHER_MS);
      arrived.push(JSON.parse(data) as JobSummary);
    };
    const readAgain = (): void => {
      void client.invalidateQueries({ queryKey: jobKeys.all });
    };
    return whileSeen((signal, isFirst) => {
      if (!isFirst) readAgain();
      void shareStream({
        name: `plataforma-events:${userId}`,
        read: (tellEvent, onConnection, reading) =>
          follow({
            open: (opening) => api.events(opening),
            onEvent: ({ event, data }) => {
              if (event === 'progress') tellEvent(data);
            },
            onConnection,
            signal: reading,
          }),
        onEvent,
        onOpened: readAgain,
        onConnection: setConnected,
        signal,
      });
    });
  }, [client, api, userId]);

  return connected;
}
