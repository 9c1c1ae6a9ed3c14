import type { Redis } from 'ioredis';
import type { Logger } from '../observability/logger.ts';

/** Receives a job's id, or undefined when messages may have been missed: read all jobs again. */
export type ProgressListener = (jobId: string | undefined) => void;

const CHANNEL = 'progress:';
/** Anything else would fail the statement that reads the jobs of all tenants, again and again. */
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Job changes from all processes, by Redis publish/subscribe: a channel per tenant. */
export class Progress {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #logger: Logger;
  readonly #listeners = new Map<string, Set<ProgressListener>>();

  /** `subscriber` must have autoResubscribe off: this class subscribes again after a reconnect. */
  constructor(publisher: Redis, subscriber: Redis, logger: Logger) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#logger = logger;
    subscriber.on('message', (channel: string, jobId: string) => {
      if (channel.startsWith(CHANNEL) && UUID.test(jobId)) this.#notify(channel.slice(CHANNEL.length), jobId);
    });
    subscriber.on('ready', () => {
      for (const tenantId of this.#listeners.keys()) this.#subscribe(tenantId);
    });
  }

  /** Calls the listener with undefined once subscribed, at first and after each outage. Returns the unsubscribe. */
  listen(tenantId: string, listener: ProgressListener): () => void {
    const listeners = this.#listeners.get(tenantId) ?? new Set();
    this.#listeners.set(tenantId, listeners.add(listener));
    this.#subscribe(tenantId);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0 || this.#listeners.get(tenantId) !== listeners) return;
      this.#listeners.delete(tenantId);
      this.#subscriber.unsubscribe(CHANNEL + tenantId).catch(() => undefined);
    };
  }

  publish(tenantId: string, jobId: string): void {
    this.#publisher.publish(CHANNEL + tenantId, jobId).catch((error: unknown) => {
      this.#logger.debug({ err: error, jobId }, 'progress publish failed');
    });
  }

  #subscribe(tenantId: string): void {
    this.#subscriber.subscribe(CHANNEL + tenantId).then(
      () => {
        this.#notify(tenantId, undefined);
      },
      (error: unknown) => {
        this.#logger.debug({ err: error }, 'progress subscribe failed');
      },
    );
  }

  #notify(tenantId: string, jobId: string | undefined): void {
    for (const listener of this.#listeners.get(tenantId) ?? []) listener(jobId);
  }
}
