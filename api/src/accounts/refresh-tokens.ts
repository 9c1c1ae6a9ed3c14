import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { redisCommand } from '../stores/redis.ts';

export const REFRESH_TOKEN_SECONDS = 14 * 24 * 3600;

/** The key of each family that ends before its time is published there. */
export const ENDED_CHANNEL = 'sessions:ended';

const TOKEN = /^([\w-]{22})\.([\w-]{43})$/;

/** Replaces the current token. Any other token of the family has been used before: the family is deleted. */
const ROTATE = `
local family = redis.call('HMGET', KEYS[1], 'current', 'user')
if not family[1] then return false end
if family[1] ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[4], KEYS[1])
  return false
end
redis.call('HSET', KEYS[1], 'current', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return family[2]
`;

export interface Rotation {
  userId: string;
  token: string;
}

/** Each sign-in starts a family of refresh tokens, of which only the latest is valid. Redis holds its digest. */
export class RefreshTokens {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  async start(userId: string): Promise<string> {
    const family = random(16);
    const secret = random(32);
    const key = familyKey(family);
    await redisCommand(
      this.#redis
        .multi()
        .hset(key, { user: userId, current: digest(secret) })
        .expire(key, REFRESH_TOKEN_SECONDS)
        .exec(),
    );
    return `${family}.${secret}`;
  }

  /** Undefined when the token is unknown, expired or was used before. */
  async rotate(token: string): Promise<Rotation | undefined> {
    const [, family, secret] = TOKEN.exec(token) ?? [];
    if (family === undefined || secret === undefined) return undefined;
    const next = random(32);
    const userId = await redisCommand(
      this.#redis.eval(
        ROTATE,
        1,
        familyKey(family),
        digest(secret),
        digest(next),
        REFRESH_TOKEN_SECONDS,
        ENDED_CHANNEL,
      ),
    );
    return typeof userId === 'string' ? { userId, token: `${family}.${next}` } : undefined;
  }

  async end(token: string): Promise<void> {
    const [, family] = TOKEN.exec(token) ?? [];
    if (family === undefined) return;
    const key = familyKey(family);
    await redisCommand(this.#redis.multi().del(key).publish(ENDED_CHANNEL, key).exec());
  }
}

/** The id of the session that the token belongs to: its family. */
export function sessionOf(token: string): string {
  return token.split('.', 1)[0] ?? '';
}

/** In Redis as long as the session lasts. */
export function familyKey(family: string): string {
  return `refresh:${family}`;
}

function random(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
