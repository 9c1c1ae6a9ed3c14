import type { Redis } from 'ioredis';
import type { Broker } from '../broker/broker.ts';
import type { Database } from '../stores/database.ts';
import { within } from '../timers.ts';

const ANSWER_MS = 1_000;

export type Checks = Record<string, 'ok' | 'failed'>;

/** Asks each part whether it answers. */
export class Health {
  readonly #parts: Record<string, () => Promise<unknown>>;
  #isWorking = false;

  constructor(database: Database, redis: Redis, broker: Broker) {
    this.#parts = {
      database: () => database.query('SELECT 1'),
      redis: () => redis.ping(),
      broker: () => broker.check(),
    };
  }

  /** Jobs are taken: the queue is known, and no stop was asked for. */
  set isWorking(value: boolean) {
    this.#isWorking = value;
  }

  async check(): Promise<Checks> {
    const parts = Object.entries(this.#parts).map(async ([name, ask]) => {
      const state = await within(ANSWER_MS, ask()).then(
        () => 'ok' as const,
        () => 'failed' as const,
      );
      return [name, state] as const;
    });
    return { queue: this.#isWorking ? 'ok' : 'failed', ...Object.fromEntries(await Promise.all(parts)) };
  }
}
