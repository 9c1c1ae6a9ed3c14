import { setTimeout as delay } from 'node:timers/promises';

/** Rejects when `work` takes longer; the work itself continues. */
export async function within<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const timer = new AbortController();
  const late = delay(milliseconds, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`no answer within ${milliseconds} ms`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

/**
 * Exponential backoff with full jitter, as the AWS Architecture Blog defines it: a random wait from 0 to a ceiling that
 * doubles from `base` with each attempt, up to `cap`.
 */
export function backoff(attempt: number, base: number, cap: number): number {
  return Math.random() * Math.min(cap, base * 2 ** (attempt - 1));
}

/** Runs `work` now and `milliseconds` after each end of it. */
export function repeat(milliseconds: number, work: () => Promise<void>): { stop(): Promise<void> } {
  const end = new AbortController();
  const running = (async () => {
    while (!end.signal.aborted) {
      await work();
      await delay(milliseconds, undefined, { signal: end.signal }).catch(() => undefined);
    }
  })();
  return {
    stop: () => {
      end.abort();
      return running;
    },
  };
}
