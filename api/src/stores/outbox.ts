import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database, Queryable } from './database.ts';
import type { Logger } from '../observability/logger.ts';
import type { Destination, MessageOf } from '../messages.ts';
import { backoff } from '../timers.ts';

const BATCH = 100;
/** After a batch, so that under load the next one is large: each is a transaction and several calls of the destination. */
const GATHER_MS = 20;
const POLL_MS = 1_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 2_000;

/** Deleted rows stay locked, and come back if the delivery fails: it precedes the commit. */
const TAKE = `
  WITH next AS (
    SELECT id FROM outbox WHERE destination = $1 ORDER BY id LIMIT ${BATCH} FOR UPDATE SKIP LOCKED
  ), taken AS (
    DELETE FROM outbox USING next WHERE outbox.id = next.id RETURNING outbox.id, message
  )
  SELECT message FROM taken ORDER BY id`;

export async function addToOutbox<To extends Destination>(
  database: Queryable,
  destination: To,
  message: MessageOf[To],
): Promise<void> {
  await database.query('INSERT INTO outbox (destination, message) VALUES ($1, $2)', [destination, message]);
}

/**
 * Relays outbox rows to one destination. A row is deleted in a transaction that commits after the delivery: after a
 * crash between the two it is delivered again, under the same id.
 */
export class Relay<To extends Destination> {
  readonly #database: Database;
  readonly #destination: To;
  readonly #deliver: (messages: MessageOf[To][]) => Promise<void>;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #wakeUp = new EventTarget();
  #awake = false;
  #running: Promise<void> | undefined;

  constructor(
    database: Database,
    destination: To,
    deliver: (messages: MessageOf[To][]) => Promise<void>,
    logger: Logger,
  ) {
    this.#database = database;
    this.#destination = destination;
    this.#deliver = deliver;
    this.#logger = logger;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Call after a commit. Other replicas find the row when they next poll. */
  wake(): void {
    this.#awake = true;
    this.#wakeUp.dispatchEvent(new Event('wake'));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Relays one batch and returns its size. */
  async relayBatch(): Promise<number> {
    return this.#database.transaction(async (transaction) => {
      const rows = await transaction.query<{ message: MessageOf[To] }>(TAKE, [this.#destination]);
      if (rows.length > 0) await this.#deliver(rows.map((row) => row.message));
      return rows.length;
    });
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      this.#awake = false;
      try {
        const count = await this.relayBatch();
        if (failures > 0) this.#logger.info({ destination: this.#destination }, 'outbox relay resumed');
        failures = 0;
        if (count > 0 && count < BATCH) await this.#pause(GATHER_MS);
        if (count < BATCH) await this.#waitForRows();
      } catch (error) {
        failures += 1;
        if (failures === 1)
          this.#logger.warn({ err: error, destination: this.#destination }, 'outbox relay failed');
        await this.#pause(backoff(failures, FIRST_RETRY_MS, LAST_RETRY_MS));
      }
    }
  }

  async #waitForRows(): Promise<void> {
    if (this.#awake) return;
    const settled = new AbortController();
    const woken = once(this.#wakeUp, 'wake', { signal: settled.signal }).catch(() => undefined);
    await Promise.race([woken, this.#pause(POLL_MS, settled.signal)]);
    settled.abort();
  }

  async #pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const signals = signal ? [signal, this.#stop.signal] : [this.#stop.signal];
    await delay(milliseconds, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
  }
}
