import type { Redis } from 'ioredis';
import type { Logger } from '../observability/logger.ts';
import { ENDED_CHANNEL, familyKey } from './refresh-tokens.ts';

const KEYS_A_PIPELINE = 500;

/** Tells which sessions end, in whatever process: by a sign-out, or since a refresh token was used twice. */
export class SessionEnds {
  readonly #commands: Redis;
  readonly #subscriber: Redis;
  readonly #logger: Logger;
  /** By the session's key in Redis. */
  readonly #listeners = new Map<string, Set<() => void>>();

  /** `subscriber` must have autoResubscribe off: this class subscribes again after a reconnect. */
  constructor(commands: Redis, subscriber: Redis, logger: Logger) {
    this.#commands = commands;
    this.#subscriber = subscriber;
    this.#logger = logger;
    subscriber.on('message', (channel: string, key: string) => {
      if (channel === ENDED_CHANNEL) this.#notify(key);
    });
    const subscribe = (): void => void this.#subscribe();
    if (subscriber.status === 'ready') subscribe();
    subscriber.on('ready', subscribe);
    // Either connection may be back first, and both are needed to find what was missed.
    commands.on('ready', () => void this.#findMissed());
  }

  /** Calls the listener when the session ends. Returns the function that stops this. */
  watch(sessionId: string, listener: () => void): () => void {
    const key = familyKey(sessionId);
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  /** While Redis is not available, no session is taken for ended. */
  async hasEnded(sessionId: string): Promise<boolean> {
    return (await this.#commands.exists(familyKey(sessionId)).catch(() => 1)) === 0;
  }

  #notify(key: string): void {
    for (const listener of this.#listeners.get(key) ?? []) listener();
  }

  async #subscribe(): Promise<void> {
    try {
      await this.#subscriber.subscribe(ENDED_CHANNEL);
    } catch (error) {
      this.#logger.debug({ err: error }, 'session ends are not known');
    }
    await this.#findMissed();
  }

  /** Messages may have been missed. */
  async #findMissed(): Promise<void> {
    const keys = [...this.#listeners.keys()];
    try {
      while (keys.length > 0) {
        const some = keys.splice(0, KEYS_A_PIPELINE);
        const pipeline = this.#commands.pipeline();
        for (const key of some) pipeline.exists(key);
        const answers = (await pipeline.exec()) ?? [];
        answers.forEach(([error, exists], index) => {
          if (!error && exists === 0) this.#notify(some[index] ?? '');
        });
      }
    } catch (error) {
      this.#logger.debug({ err: error }, 'missed session ends are not known');
    }
  }
}
