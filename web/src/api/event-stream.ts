import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser';
import { backoff, pause } from './time.ts';

export interface FollowOptions {
  open: (signal: AbortSignal) => Promise<Response>;
  onEvent: (event: EventSourceMessage) => void;
  onConnection: (connected: boolean) => void;
  signal: AbortSignal;
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  openMs?: number;
  silenceMs?: number;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
const OPEN_MS = 10_000;
/** The service sends an event or a comment at least every 15 s. */
const SILENCE_MS = 32_000;

/**
 * Reads an event stream and opens it again when it breaks, or when the service has ended it, as it does when the access
 * token expires: that is no lost connection. It goes on until the signal is aborted.
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
        onConnection(true);
      });
    } catch {
      onConnection(false);
    }
    await wait(backoff(failures, firstWaitMs, LONGEST_WAIT_MS), signal);
    failures += 1;
  }
}

async function read(options: FollowOptions, parser: EventSourceParser, onOpen: () => void): Promise<void> {
  const timeout = new AbortController();
  const signal = AbortSignal.any([options.signal, timeout.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = (milliseconds: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timeout.abort();
    }, milliseconds);
  };
  limit(options.openMs ?? OPEN_MS);
  try {
    const response = await options.open(signal);
    onOpen();
    limit(options.silenceMs ?? SILENCE_MS);
    for await (const chunk of chunksOf(response)) {
      limit(options.silenceMs ?? SILENCE_MS);
      parser.feed(chunk);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* chunksOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const result = await reader?.read();
    if (!result || result.done) return;
    yield result.value;
  }
}
