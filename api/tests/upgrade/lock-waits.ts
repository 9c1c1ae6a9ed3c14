import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

const LOOK_AGAIN_MS = 10;

export interface LockWait {
  milliseconds: number;
  /** The start of the statement that waits. */
  statement: string;
}

/** Looks who waits for a lock, and keeps the longest wait of the applications' statements. */
export class LockWaits {
  readonly #client: Client;
  readonly #except: string;
  readonly #running: Promise<void>;
  #longest: LockWait = { milliseconds: 0, statement: '' };
  #stopping = false;

  private constructor(client: Client, except: string) {
    this.#client = client;
    this.#except = except;
    this.#running = this.#look();
  }

  /** `except` is the application_name of clients that may wait. */
  static async watch(connection: ClientConfig, except: string): Promise<LockWaits> {
    const client = new Client(connection);
    await client.connect();
    return new LockWaits(client, except);
  }

  /** The longest wait since the last call. */
  take(): LockWait {
    const longest = this.#longest;
    this.#longest = { milliseconds: 0, statement: '' };
    return longest;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
    await this.#client.end();
  }

  async #look(): Promise<void> {
    while (!this.#stopping) {
      const { rows } = await this.#client.query<LockWait>(
        `SELECT (extract(epoch FROM clock_timestamp() - waitstart) * 1000)::int AS milliseconds,
                left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS statement
         FROM pg_locks JOIN pg_stat_activity USING (pid)
         WHERE NOT granted AND datname = current_database() AND application_name <> $1 AND waitstart IS NOT NULL
         ORDER BY waitstart LIMIT 1`,
        [this.#except],
      );
      const [wait] = rows;
      if (wait && wait.milliseconds > this.#longest.milliseconds) this.#longest = wait;
      await delay(LOOK_AGAIN_MS);
    }
  }
}
