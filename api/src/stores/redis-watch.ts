import { repeat } from '../timers.ts';

/** Rejects while the connection gets no answer. */
type Ask = () => Promise<unknown>;

const PERIOD_MS = 3_000;
const LIMIT_MS = 60_000;

/**
 * Asks each connection to Redis every few seconds, for two purposes: ioredis replaces a dead connection only when a command
 * on it gets no answer (`socketTimeout`), and one that gets none for a minute, while a new connection does, cannot recover.
 */
export class RedisWatch {
  readonly #connections: Readonly<Record<string, Ask>>;
  readonly #askAnew: Ask;
  readonly #limitMs: number;
  readonly #unansweredSince = new Map<string, number>();
  readonly #pending = new Set<string>();
  readonly #running: { stop(): Promise<void> };
  #stuck: string[] = [];
  #isStopped = false;

  constructor(
    connections: Readonly<Record<string, Ask>>,
    askAnew: Ask,
    { periodMs, limitMs } = { periodMs: PERIOD_MS, limitMs: LIMIT_MS },
  ) {
    this.#connections = connections;
    this.#askAnew = askAnew;
    this.#limitMs = limitMs;
    this.#running = repeat(periodMs, () => this.#look());
  }

  /** The connections that cannot recover. */
  get stuck(): readonly string[] {
    return this.#isStopped ? [] : this.#stuck;
  }

  /** Does not wait for answers. */
  stop(): void {
    this.#isStopped = true;
    void this.#running.stop();
  }

  async #look(): Promise<void> {
    for (const [name, ask] of Object.entries(this.#connections)) this.#ask(name, ask);
    const silent = [...this.#unansweredSince].filter(([, since]) => Date.now() - since > this.#limitMs);
    const isAnswered =
      silent.length > 0 &&
      (await this.#askAnew().then(
        () => true,
        () => false,
      ));
    this.#stuck = isAnswered ? silent.map(([name]) => name) : [];
  }

  /** One question at a time: while Redis is away those of the queue's connection wait. */
  #ask(name: string, ask: Ask): void {
    if (!this.#unansweredSince.has(name)) this.#unansweredSince.set(name, Date.now());
    if (this.#pending.has(name)) return;
    this.#pending.add(name);
    ask()
      .then(
        () => this.#unansweredSince.delete(name),
        () => undefined,
      )
      .finally(() => this.#pending.delete(name));
  }
}
