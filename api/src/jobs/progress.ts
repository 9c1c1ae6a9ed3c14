import type { Redis } from 'ioredis';
import type { Logger } from '../observability/logger.ts';

/** A job's id, or undefined: something may have been missed, look at all of them. */
export type ProgressListener = (jobId: string | undefined) => void;

const CHANNEL = 'progress:';

/** Hears, through Redis, of every change of a job, whichever process made it. */
export class Progress {
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #logger: Logger;
  readonly #listeners = new Map<string, Set<ProgressListener>>();

  /** `subscriber` must not subscribe again by itself. */
  constructor(publisher: Redis, subscriber: Redis, logger: Logger) {
    this.#publisher = publisher;
    this.#subscriber = subscriber;
    this.#logger = logger;
    subscriber.on('message', (channel: string, jobId: string) => {
      this.#tell(channel.slice(CHANNEL.length), jobId);
    });
    subscriber.on('ready', () => {
      for (const tenantId of this.#listeners.keys()) this.#subscribe(tenantId);
    });
  }

  /** Calls with undefined as soon as nothing can be missed any more, at first and after each outage. */
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
      this.#logger.debug({ err: error, jobId }, 'progress was not published');
    });
  }

  #subscribe(tenantId: string): void {
    this.#subscriber.subscribe(CHANNEL + tenantId).then(
      () => {
        this.#tell(tenantId, undefined);
      },
      (error: unknown) => {
        this.#logger.debug({ err: error }, 'progress is not heard: Redis is not available');
      },
    );
  }

  #tell(tenantId: string, jobId: string | undefined): void {
    for (const listener of this.#listeners.get(tenantId) ?? []) listener(jobId);
  }
}
