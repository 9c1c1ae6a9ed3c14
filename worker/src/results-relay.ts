import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Broker } from './broker/broker.ts';
import type { Database } from './stores/database.ts';
import type { Logger } from './observability/logger.ts';
import { type BrokerMessage, RESULTS_QUEUE } from './messages.ts';
import { backoff, within } from './timers.ts';

const BATCH = 100;
const POLL_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;
const LAST_MOVES_MS = 2_000;

const TAKE = `SELECT id, message FROM outbox WHERE destination = 'broker:results'
  ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED`;

/**
 * Moves outbox rows to the queue of results. A row is deleted only in the transaction that has seen the broker take
 * it: after a crash between the two it is published again, under the same id.
 */
export class ResultsRelay {
  readonly #database: Database;
  readonly #broker: Broker;
  readonly #count: (outcome: string) => void;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #wakeUp = new EventTarget();
  readonly #running: Promise<void>;
  #awake = false;

  constructor(database: Database, broker: Broker, count: (outcome: string) => void, logger: Logger) {
    this.#database = database;
    this.#broker = broker;
    this.#count = count;
    this.#logger = logger;
    this.#running = this.#run();
  }

  /** Says that a row was committed; other workers find it at their next look. */
  wake(): void {
    this.#awake = true;
    this.#wakeUp.dispatchEvent(new Event('wake'));
  }

  /** Moves what is left first: this may be the last worker for a while. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await within(LAST_MOVES_MS, this.#moveAll()).catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'some results wait for another worker');
    });
  }

  async #moveAll(): Promise<void> {
    while ((await this.#move()) === BATCH);
  }

  async #move(): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      const rows = await transaction.query<{ id: string; message: BrokerMessage }>(TAKE);
      if (rows.length === 0) return 0;
      await Promise.all(rows.map(({ message }) => this.#publish(message)));
      await transaction.query('DELETE FROM outbox WHERE id = ANY($1)', [rows.map(({ id }) => id)]);
      return rows.length;
    });
  }

  async #publish(message: BrokerMessage): Promise<void> {
    try {
      await this.#broker.publish(RESULTS_QUEUE, message);
      this.#count('published');
    } catch (error) {
      this.#count('failed');
      throw error;
    }
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      this.#awake = false;
      try {
        const moved = await this.#move();
        if (failures > 0) this.#logger.info('results are published again');
        failures = 0;
        if (moved < BATCH) await this.#rest();
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#logger.warn({ err: error }, 'results wait in the outbox');
        await this.#pause(backoff(failures, FIRST_RETRY_MS, LAST_RETRY_MS), this.#stop.signal);
      }
    }
  }

  async #rest(): Promise<void> {
    if (this.#awake) return;
    const settled = new AbortController();
    const signal = AbortSignal.any([settled.signal, this.#stop.signal]);
    const woken = once(this.#wakeUp, 'wake', { signal }).catch(() => undefined);
    await Promise.race([woken, this.#pause(POLL_MS, signal)]);
    settled.abort();
  }

  async #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await delay(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}
