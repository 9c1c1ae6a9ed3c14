import { setTimeout as delay } from 'node:timers/promises';

/** Rejects when `work` takes longer; the work itself goes on. */
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

/** Full jitter on a doubling delay. */
export function backoff(failures: number, first: number, most: number): number {
  const ceiling = Math.min(most, first * 2 ** Math.min(failures - 1, 20));
  return ceiling / 2 + (Math.random() * ceiling) / 2;
}

/** Runs `work` now and then each `milliseconds`, never twice at a time. */
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
