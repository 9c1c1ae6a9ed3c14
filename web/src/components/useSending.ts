import { useEffect, useRef, useState } from 'react';

export interface Sending {
  sending: boolean;
  error: unknown;
  /** One at a time: while something is sent, nothing else is. */
  send: (request: (signal: AbortSignal) => Promise<unknown>) => void;
  cancel: () => void;
}

/** Sends what a form holds, and can be told to stop waiting for the answer. */
export function useSending(): Sending {
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  const running = useRef<AbortController>(undefined);
  const cancel = (): void => {
    running.current?.abort();
    running.current = undefined;
    setSending(false);
  };
  useEffect(() => () => running.current?.abort(), []);

  const send: Sending['send'] = (request) => {
    if (running.current) return;
    const current = new AbortController();
    running.current = current;
    setSending(true);
    setError(undefined);
    request(current.signal)
      .catch((reason: unknown) => {
        if (!current.signal.aborted) setError(reason);
      })
      .finally(() => {
        if (running.current === current) cancel();
      });
  };
  return { sending, error, send, cancel };
}
