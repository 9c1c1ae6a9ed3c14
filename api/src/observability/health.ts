import type { Broker } from '../broker/broker.ts';
import type { Database } from '../stores/database.ts';
import type { Redis } from 'ioredis';
import type { RedisWatch } from '../stores/redis-watch.ts';
import { within } from '../timers.ts';

const ANSWER_MS = 1_000;

export type Checks = Record<'database' | 'redis' | 'broker', 'ok' | 'failed'>;

/** Checks whether each dependency answers. */
export class Health {
  #stopping = false;
  readonly #watch: RedisWatch;
  readonly #dependencies: Record<keyof Checks, () => Promise<unknown>>;

  constructor(database: Database, redis: Redis, broker: Broker, watch: RedisWatch) {
    this.#watch = watch;
    this.#dependencies = {
      database: () => database.query('SELECT 1'),
      redis: () => redis.ping(),
      broker: () => broker.check(),
    };
  }

  /** The connections that only a new process would replace. */
  get stuck(): readonly string[] {
    return this.#watch.stuck;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  stop(): void {
    this.#stopping = true;
  }

  async check(): Promise<Checks> {
    const checks = Object.entries(this.#dependencies).map(async ([name, check]) => {
      const state = await within(ANSWER_MS, check()).then(
        () => 'ok',
        () => 'failed',
      );
      return [name, state];
    });
    return Object.fromEntries(await Promise.all(checks)) as Checks;
  }
}
