import { createParser, type EventSourceMessage, type EventSourceParser } from 'eventsource-parser';
import { isRefusal, NetworkError } from './errors.ts';
import { backoff, pause } from './time.ts';

export interface Following {
  open: (signal: AbortSignal) => Promise<Response>;
  onEvent: (event: EventSourceMessage) => void;
  onConnection?: (connected: boolean) => void;
  /** Asked when the stream has ended by itself. */
  isFinished?: () => boolean;
  signal: AbortSignal;
  wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  silenceMs?: number;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** The service says something at least each 15 s. */
const SILENCE_MS = 45_000;

/** Follows an event stream and opens it again when it breaks, until there is nothing more or the signal says so. */
export async function follow(following: Following): Promise<void> {
  const { signal, onConnection, wait = pause } = following;
  let failures = 0;
  while (!signal.aborted) {
    let firstWaitMs = FIRST_WAIT_MS;
    const parser = createParser({
      onEvent: following.onEvent,
      onRetry: (milliseconds) => {
        firstWaitMs = milliseconds;
      },
    });
    try {
      await read(following, parser, () => {
        failures = 0;
        onConnection?.(true);
      });
      if (following.isFinished?.() === true) return;
    } catch (error) {
      if (isRefusal(error)) throw error;
    }
    onConnection?.(false);
    await wait(backoff(failures, firstWaitMs, LONGEST_WAIT_MS), signal);
    failures += 1;
  }
}

async function read(following: Following, parser: EventSourceParser, onOpen: () => void): Promise<void> {
  const silence = new AbortController();
  const signal = AbortSignal.any([following.signal, silence.signal]);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silence.abort();
    }, following.silenceMs ?? SILENCE_MS);
  };
  hear();
  try {
    const response = await following.open(signal);
    onOpen();
    for await (const piece of pieces(response)) {
      hear();
      parser.feed(piece);
    }
  } finally {
    clearTimeout(timer);
  }
}

async function* pieces(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const piece = await reader?.read().catch((error: unknown) => {
      throw new NetworkError(error);
    });
    if (!piece || piece.done) return;
    yield piece.value;
  }
}
