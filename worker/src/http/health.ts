import type { Redis } from 'ioredis';
import type { Broker } from '../broker/broker.ts';
import type { Database } from '../stores/database.ts';
import type { RedisWatch } from '../stores/redis-watch.ts';
import { within } from '../timers.ts';

const ANSWER_MS = 1_000;

export type Checks = Record<string, 'ok' | 'failed'>;

/** Checks each dependency. */
export class Health {
  readonly #dependencies: Record<string, () => Promise<unknown>>;
  readonly #watch: RedisWatch;
  #takesJobs = false;

  constructor(database: Database, redis: Redis, broker: Broker, watch: RedisWatch) {
    this.#watch = watch;
    this.#dependencies = {
      database: () => database.query('SELECT 1'),
      redis: () => redis.ping(),
      broker: () => broker.check(),
    };
  }

  /** True once the queue is registered, until the worker stops. */
  set takesJobs(value: boolean) {
    this.#takesJobs = value;
  }

  /** The connections that only a new process would replace. */
  get stuck(): readonly string[] {
    return this.#watch.stuck;
  }

  async check(): Promise<Checks> {
    const states = Object.entries(this.#dependencies).map(async ([name, ask]) => {
      const state = await within(ANSWER_MS, ask()).then(
        () => 'ok' as const,
        () => 'failed' as const,
      );
      return [name, state] as const;
    });
    return { queue: this.#takesJobs ? 'ok' : 'failed', ...Object.fromEntries(await Promise.all(states)) };
  }
}
