import { Redis } from 'ioredis';
import type { RedisConfig } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff } from '../timers.ts';

interface RetryOptions {
  commandTimeout?: number;
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest: number | null;
}

/** Commands fail at once while Redis is not available. */
export function connectForCommands(config: RedisConfig, logger: Logger): Redis {
  return connect(config, logger, 'commands', {
    commandTimeout: 1_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
}

/** Commands wait until Redis is available again, as BullMQ requires. */
export function connectForQueue(config: RedisConfig, logger: Logger): Redis {
  return connect(config, logger, 'queue', { maxRetriesPerRequest: null });
}

function connect(config: RedisConfig, logger: Logger, name: string, options: RetryOptions): Redis {
  const redis = new Redis({
    host: config.host,
    port: config.port,
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.tls ? { tls: { servername: config.host } } : {}),
    connectTimeout: 3_000,
    keepAlive: 30_000,
    retryStrategy: (attempt) => backoff(attempt, 50, 1_000),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...options,
  });
  let isReported = false;
  redis.on('error', (error) => {
    if (!isReported) logger.warn({ err: error, connection: name }, 'Redis is not available');
    isReported = true;
  });
  redis.on('ready', () => {
    if (isReported) logger.info({ connection: name }, 'Redis is available again');
    isReported = false;
  });
  return redis;
}

/** A Redis that evicts keys loses jobs. */
export async function warnOfEviction(redis: Redis, logger: Logger): Promise<void> {
  const memory = await redis.info('memory').catch(() => '');
  const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1];
  if (policy !== undefined && policy !== 'noeviction') {
    logger.error({ policy }, 'Redis may evict jobs: set maxmemory-policy to noeviction');
  }
}
