/** Resolves after the time, or at once when the signal is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, milliseconds);
    signal?.addEventListener('abort', finish);
  });
}

/** Exponential backoff with equal jitter: half of the delay is fixed, half random. */
export function backoff(attempt: number, first: number, limit: number, random = Math.random): number {
  const full = Math.min(limit, first * 2 ** attempt);
  return full / 2 + (full / 2) * random();
}
