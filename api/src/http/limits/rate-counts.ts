import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import { ADD_IN_WINDOW } from '../../stores/windows.ts';

export interface Count {
  current: number;
  /** Milliseconds to the end of the window. */
  ttl: number;
}

interface Entry {
  /** What Redis answered last, with what it was sent since. */
  shared: number;
  /** What Redis has not been sent. */
  pending: number;
  endsAt: number;
}

const SETTLE_MS = 50;
const KEYS_HELD = 100_000;
const PREFIX = 'rate:';

type Answer = [current: number, ttl: number];

/**
 * Requests by key. They are counted in this process, and all counts settled with Redis in one pipeline, 50 ms after the
 * first that Redis does not know. Until then the other replicas do not know them either: N replicas may together admit
 * what reaches them within one settling beyond a limit, at most N times the limit in a window. While Redis is not
 * available each replica applies the limit to its own requests.
 */
export class RateCounts {
  readonly #redis: Redis;
  readonly #windowMs: number;
  readonly #entries = new LRUCache<string, Entry>({ max: KEYS_HELD });
  #unsettled = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;

  constructor(redis: Redis, windowMs: number) {
    this.#redis = redis;
    this.#windowMs = windowMs;
  }

  count(key: string): Count {
    const now = Date.now();
    let entry = this.#entries.get(key);
    if (!entry || entry.endsAt <= now) {
      entry = { shared: 0, pending: 0, endsAt: now + this.#windowMs };
      this.#entries.set(key, entry);
    }
    entry.pending += 1;
    this.#unsettled.set(key, entry);
    this.#timer ??= setTimeout(() => void this.settle(), SETTLE_MS).unref();
    return { current: entry.shared + entry.pending, ttl: entry.endsAt - now };
  }

  async settle(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const sent = [...this.#unsettled].map(([key, entry]) => ({ key, entry, amount: entry.pending }));
    if (sent.length === 0) return;
    this.#unsettled = new Map();
    const pipeline = this.#redis.pipeline();
    for (const { key, entry, amount } of sent) {
      entry.shared += amount;
      entry.pending -= amount;
      pipeline.eval(ADD_IN_WINDOW, 1, PREFIX + key, amount, this.#windowMs);
    }
    const answers = (await pipeline.exec().catch(() => null)) ?? [];
    for (const [index, { key, entry, amount }] of sent.entries()) {
      const [error, answer] = answers[index] ?? [new Error('not sent')];
      if (error) this.#takeBack(key, entry, amount);
      else [entry.shared, entry.endsAt] = [(answer as Answer)[0], Date.now() + (answer as Answer)[1]];
    }
  }

  /** To be sent again with the key's next request, if that comes within the window. */
  #takeBack(key: string, entry: Entry, amount: number): void {
    entry.shared -= amount;
    entry.pending += amount;
    if (this.#entries.peek(key) === entry) this.#unsettled.set(key, entry);
  }
}
