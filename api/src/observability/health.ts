import type { Broker } from '../broker/broker.ts';
import type { Database } from '../stores/database.ts';
import type { Redis } from 'ioredis';
import { within } from '../timers.ts';

const ANSWER_MS = 1_000;

export type Checks = Record<'database' | 'redis' | 'broker', 'ok' | 'failed'>;

/** Asks each part whether it answers. */
export class Health {
  #stopping = false;
  readonly #parts: Record<keyof Checks, () => Promise<unknown>>;

  constructor(database: Database, redis: Redis, broker: Broker) {
    this.#parts = {
      database: () => database.query('SELECT 1'),
      redis: () => redis.ping(),
      broker: () => broker.check(),
    };
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  stop(): void {
    this.#stopping = true;
  }

  async check(): Promise<Checks> {
    const parts = Object.entries(this.#parts).map(async ([name, ask]) => {
      const state = await within(ANSWER_MS, ask()).then(
        () => 'ok',
        () => 'failed',
      );
      return [name, state];
    });
    return Object.fromEntries(await Promise.all(parts)) as Checks;
  }
}
