import { setImmediate as yieldToEventLoop } from 'node:timers/promises';

const TURN_MS = 8;

/** Lets a long calculation yield, report its progress, and end when the signal aborts. */
export class Pace {
  readonly signal: AbortSignal;
  readonly #report: (percent: number) => void;
  #turnEnds = performance.now() + TURN_MS;

  constructor(signal: AbortSignal, report: (percent: number) => void) {
    this.signal = signal;
    this.#report = report;
  }

  /** To be called often; `done` is the completed part, from 0 to 1. */
  async step(done: number): Promise<void> {
    if (performance.now() < this.#turnEnds) return;
    this.#report(Math.floor(done * 100));
    await yieldToEventLoop();
    this.signal.throwIfAborted();
    this.#turnEnds = performance.now() + TURN_MS;
  }
}
