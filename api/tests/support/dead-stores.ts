import { DeadWays, type WAYS } from './dead-ways.ts';
import { eventually } from './processes.ts';

type Store = 'redis' | 'database' | 'broker';
type Way = (typeof WAYS)[keyof typeof WAYS];

/** One of the applications, whose connections to its stores die without being closed. It needs nothing but Node. */
export class DeadStores {
  readonly #way: Way;
  readonly #ways: DeadWays<Store>;
  #url = '';

  constructor(way: Way) {
    this.#way = way;
    this.#ways = new DeadWays(way);
  }

  /** The URL of the built program once it is ready. It listens at `port`; `variables` lead straight to the stores. */
  async start(port: number, variables: Readonly<Record<string, string>>): Promise<string> {
    const { BROKER_ENDPOINT = '', DATABASE_PORT, REDIS_PORT } = variables;
    const broker = Number(new URL(BROKER_ENDPOINT).port);
    this.#url = await this.#ways.run('dist/main.js', port, {
      ...variables,
      REDIS_PORT: String(await this.#ways.to('redis', Number(REDIS_PORT))),
      DATABASE_PORT: String(await this.#ways.to('database', Number(DATABASE_PORT))),
      BROKER_ENDPOINT: `amqp://127.0.0.1:${await this.#ways.to('broker', broker)}`,
    });
    await eventually(
      () => this.isReady(),
      () => (this.#ways.ended ? new Error(this.output) : undefined),
    );
    return this.#url;
  }

  /** What the program has written. */
  get output(): string {
    return this.#ways.output;
  }

  async isReady(): Promise<boolean> {
    return (await this.#failed()).length === 0;
  }

  /** Lets the connections to the stores die, and new ones pass. Returns the time from which they do. */
  async cut(...stores: Store[]): Promise<number> {
    for (const store of stores) this.#ways.cut(store);
    if (!this.#way.isolated) await eventually(async () => (await this.#failed()).length === stores.length);
    for (const store of stores) this.#ways.restore(store);
    return Date.now();
  }

  close(): Promise<void> {
    return this.#ways.close();
  }

  async #failed(): Promise<string[]> {
    const response = await fetch(`${this.#url}/readyz`);
    const { checks } = (await response.json()) as { checks: Record<Store, string> };
    return Object.entries(checks).flatMap(([store, state]) => (state === 'ok' ? [] : [store]));
  }
}

/** Milliseconds from `start` until it is done. */
export async function millisecondsUntil(done: Promise<unknown>, start: number): Promise<number> {
  await done;
  return Date.now() - start;
}
