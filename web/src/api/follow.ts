import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser';
import { isRefusal, NetworkError } from './errors.ts';
import { backoff, pause } from './time.ts';

export interface FollowOptions {
  open: (signal: AbortSignal) => Promise<Response>;
  onEvent: (event: EventSourceMessage) => void;
  onConnection?: (connected: boolean) => void;
  /** Whether to stop when the service has ended the stream. */
  isFinished?: () => boolean;
  signal: AbortSignal;
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  silenceMs?: number;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** The service sends an event or a comment at least every 15 s. */
const SILENCE_MS = 45_000;

/**
 * Reads an event stream and opens it again when it breaks, or when the service has ended it, as it does when the access
 * token expires: that is no lost connection. It goes on until it is finished or the signal is aborted.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { signal, onConnection, wait = pause } = options;
  let failures = 0;
  while (!signal.aborted) {
    let firstWaitMs = FIRST_WAIT_MS;
    const parser = createParser({
      onEvent: options.onEvent,
      onRetry: (milliseconds) => {
        firstWaitMs = milliseconds;
      },
    });
    try {
      await read(options, parser, () => {
        failures = 0;
        onConnection?.(true);
      });
      if (options.isFinished?.() === true) return;
    } catch (error) {
      if (isRefusal(error)) throw error;
      onConnection?.(false);
    }
    await wait(backoff(failures, firstWaitMs, LONGEST_WAIT_MS), signal);
    failures += 1;
  }
}

async function read(options: FollowOptions, parser: EventSourceParser, onOpen: () => void): Promise<void> {
  const timeout = new AbortController();
  const signal = AbortSignal.any([options.signal, timeout.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const restartTimer = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timeout.abort();
    }, options.silenceMs ?? SILENCE_MS);
  };
  restartTimer();
  try {
    const response = await options.open(signal);
    onOpen();
    for await (const chunk of chunksOf(response)) {
      restartTimer();
      parser.feed(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* chunksOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const result = await reader?.read().catch((error: unknown) => {
      throw new NetworkError(error);
    });
    if (!result || result.done) return;
    yield result.value;
  }
}
