import { Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config.ts';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff, within } from '../timers.ts';

const CONNECT_MS = 3_000;
/** A connection is replaced when nothing has arrived for so long although an answer is due. */
const SILENCE_MS = 5_000;

/**
 * Commands fail at once while Redis is not available, and are not sent again after a reconnect: the rotation of a refresh
 * token must not run twice.
 */
export function connectRedis(
  config: RedisConfig,
  logger: Logger,
  name: string,
  options: { autoResubscribe?: boolean; commandTimeout?: number } = {},
): Redis {
  const redis = new Redis({ ...connectionOptions(config), connectionName: name, ...options });
  let reported = false;
  redis.on('error', (error) => {
    if (!reported) logger.warn({ err: error, connection: name }, 'Redis is not available');
    reported = true;
  });
  redis.on('ready', () => {
    if (reported) logger.info({ connection: name }, 'Redis is available again');
    reported = false;
  });
  return redis;
}

/** Rejects unless Redis answers on a new connection. */
export async function askAnew(config: RedisConfig): Promise<void> {
  const redis = new Redis({ ...connectionOptions(config), lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await within(CONNECT_MS, redis.connect());
    await redis.ping();
  } finally {
    redis.disconnect();
  }
}

function connectionOptions(config: RedisConfig): Omit<RedisOptions, 'replyMapping'> {
  return {
    host: config.host,
    port: config.port,
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.tls ? { tls: { servername: config.host } } : {}),
    connectTimeout: CONNECT_MS,
    commandTimeout: 1_000,
    socketTimeout: SILENCE_MS,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => backoff(attempt, 50, 1_000),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  };
}

/** Rejects with Unavailable, which clients get as 503. */
export async function redisCommand<Result>(command: Promise<Result>): Promise<Result> {
  try {
    return await command;
  } catch (error) {
    throw new Unavailable('redis', error);
  }
}
