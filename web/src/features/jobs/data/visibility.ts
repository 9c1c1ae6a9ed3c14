/** A tab that nobody has looked at for this long needs no events. */
const HIDDEN_MS = 60_000;

/** Runs `start` while the tab is seen, and for a while after; again when it is seen again. Returns what ends it. */
export function whileSeen(
  start: (signal: AbortSignal, isFirst: boolean) => void,
  hiddenMs = HIDDEN_MS,
): () => void {
  let running: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isFirst = true;

  const stop = (): void => {
    running?.abort();
    running = undefined;
  };
  const look = (): void => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') {
      timer = setTimeout(stop, hiddenMs);
    } else if (!running) {
      running = new AbortController();
      start(running.signal, isFirst);
      isFirst = false;
    }
  };

  document.addEventListener('visibilitychange', look);
  look();
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearTimeout(timer);
    stop();
  };
}
