import { Redis } from 'ioredis';
import type { RedisConfig } from '../config.ts';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff } from '../timers.ts';

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
  const redis = new Redis({
    host: config.host,
    port: config.port,
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.tls ? { tls: { servername: config.host } } : {}),
    connectionName: name,
    connectTimeout: 3_000,
    commandTimeout: 1_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    keepAlive: 30_000,
    retryStrategy: (attempt) => backoff(attempt, 50, 1_000),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...options,
  });
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

/** Rejects with Unavailable, which clients get as 503. */
export async function redisCommand<Result>(command: Promise<Result>): Promise<Result> {
  try {
    return await command;
  } catch (error) {
    throw new Unavailable('redis', error);
  }
}
