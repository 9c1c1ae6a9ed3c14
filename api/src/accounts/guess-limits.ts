import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { Problem } from '../errors.ts';
import { redisCommand } from '../stores/redis.ts';
import { ADD_IN_WINDOW } from '../stores/windows.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const KNOWN_SECONDS = 30 * 24 * 3600;

/** Not below the end of the window: a count that was made anew would never expire. */
const TAKE_BACK = `if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end`;

export interface GuessLimitsConfig {
  sessionRateLimitPerMinute: number;
  signInFailuresPerHour: number;
}

/**
 * Limits of what takes passwords, exact over all replicas: counted before the work, in Redis. While Redis is not available
 * nothing is admitted, whatever the password: nobody may guess without a limit, and no session could be stored.
 *
 * Wrong passwords are counted by account too, whoever guesses, so that many addresses do not multiply the guesses. From an
 * address where the account has signed in they are counted apart: strangers cannot lock its owner out (OWASP's
 * "Slow Down Online Guessing Attacks with Device Cookies", with the address in place of the cookie).
 */
export class GuessLimits {
  readonly #redis: Redis;
  readonly #config: GuessLimitsConfig;

  constructor(redis: Redis, config: GuessLimitsConfig) {
    this.#redis = redis;
    this.#config = config;
  }

  countAddress(address: string): Promise<void> {
    return this.#count(`guess:address:${address}`, this.#config.sessionRateLimitPerMinute, MINUTE_MS);
  }

  /** The result of `verify`, unless the account had too many wrong passwords. Undefined is one more. */
  async attempt<User>(
    email: string,
    address: string,
    verify: () => Promise<User | undefined>,
  ): Promise<User | undefined> {
    const account = `guess:account:${createHash('sha256').update(email).digest('base64url')}`;
    const known = `${account}:known:${address}`;
    const isKnown = (await redisCommand(this.#redis.exists(known))) === 1;
    const counter = isKnown ? `${account}:${address}` : account;
    await this.#count(counter, this.#config.signInFailuresPerHour, HOUR_MS);
    let failed = false;
    try {
      const user = await verify();
      failed = user === undefined;
      if (!failed) await redisCommand(this.#redis.set(known, '', 'EX', KNOWN_SECONDS));
      return user;
    } finally {
      if (!failed) await redisCommand(this.#redis.eval(TAKE_BACK, 1, counter));
    }
  }

  async #count(key: string, limit: number, windowMs: number): Promise<void> {
    const answer = await redisCommand(this.#redis.eval(ADD_IN_WINDOW, 1, key, 1, windowMs));
    const [count, restMs] = answer as [number, number];
    if (count <= limit) return;
    const seconds = Math.ceil(restMs / 1000);
    throw new Problem(429, 'too_many_attempts', `Too many attempts. Try again in ${seconds} seconds.`, {
      retryAfterSeconds: seconds,
    });
  }
}
