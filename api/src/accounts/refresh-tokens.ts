import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { redisCommand } from '../stores/redis.ts';

export const REFRESH_TOKEN_SECONDS = 14 * 24 * 3600;

/** The key of each family that ends before its time is published there. */
export const ENDED_CHANNEL = 'sessions:ended';

const TOKEN = /^([\w-]{22})\.([\w-]{43})$/;

/**
 * How long the token before the current one gets the same answer again: the first may have been lost, with its connection or
 * the page that asked. It ends early when the current token is used, for then the answer has arrived.
 */
const ANSWER_AGAIN_SECONDS = 60;

/** Replaces the current token, or answers again. Any other token of the family has been used before: the family is deleted. */
const ROTATE = `
local current, previous, salt, rotated = unpack(redis.call('HMGET', KEYS[1], 'current', 'previous', 'salt', 'rotated'))
if not current then return false end
local now = tonumber(redis.call('TIME')[1])
if current == ARGV[1] then
  redis.call('HSET', KEYS[1], 'current', ARGV[2], 'previous', ARGV[1], 'salt', ARGV[3], 'rotated', now)
  redis.call('EXPIRE', KEYS[1], ARGV[4])
  return ARGV[3]
end
if previous == ARGV[1] and math.abs(now - tonumber(rotated)) <= tonumber(ARGV[5]) then return salt end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[6], KEYS[1])
return false
`;

/**
 * Each sign-in starts a family of refresh tokens, of which only the latest is valid. Redis holds its digest, and the salt
 * that makes it from the token before, so that neither a copy of Redis nor an old token alone gives a valid one.
 */
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

  /** Of the family, whichever of its tokens this is. */
  async userOf(token: string): Promise<string | undefined> {
    const [, family] = TOKEN.exec(token) ?? [];
    if (family === undefined) return undefined;
    return (await redisCommand(this.#redis.hget(familyKey(family), 'user'))) ?? undefined;
  }

  /** The next token. Undefined when this one is unknown, expired or was used before, unless its answer may have been lost. */
  async rotate(token: string): Promise<string | undefined> {
    const [, family, secret] = TOKEN.exec(token) ?? [];
    if (family === undefined || secret === undefined) return undefined;
    const salt = random(32);
    const usedSalt = await redisCommand(
      this.#redis.eval(
        ROTATE,
        1,
        familyKey(family),
        digest(secret),
        digest(successor(secret, salt)),
        salt,
        REFRESH_TOKEN_SECONDS,
        ANSWER_AGAIN_SECONDS,
        ENDED_CHANNEL,
      ),
    );
    return typeof usedSalt === 'string' ? `${family}.${successor(secret, usedSalt)}` : undefined;
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

function successor(secret: string, salt: string): string {
  return createHmac('sha256', secret).update(salt).digest('base64url');
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
