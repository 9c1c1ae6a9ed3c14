import { Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff, within } from '../timers.ts';

/** A connection is replaced when nothing has arrived for so long although an answer is due. */
const SILENCE_MS = 5_000;
/** BullMQ's blocking command waits for up to 10 s (maximumBlockTimeout, classes/redis-queue-backend.js of 6.7.0). */
const BLOCKING_SILENCE_MS = 11_000;
const CONNECT_MS = 3_000;

interface RetryOptions {
  commandTimeout?: number;
  enableOfflineQueue?: boolean;
  maxRetriesPerRequest: number | null;
}

/** Commands fail at once while Redis is not available. */
export function connectForCommands(config: RedisConfig, logger: Logger): Redis {
  const retries = { commandTimeout: 1_000, enableOfflineQueue: false, maxRetriesPerRequest: 0 };
  return reported(new Redis(options(config, retries)), logger, 'commands');
}

/** Commands wait until Redis is available again, as BullMQ requires. */
export function connectForQueue(config: RedisConfig, logger: Logger): QueueRedis {
  return reported(new QueueRedis(options(config, { maxRetriesPerRequest: null })), logger, 'queue');
}

export class QueueRedis extends Redis {
  /** Made by BullMQ's worker, which takes jobs with it. */
  blocking: Redis | undefined;

  override duplicate(override: Partial<RedisOptions> = {}): Redis {
    this.blocking = super.duplicate({ ...override, socketTimeout: BLOCKING_SILENCE_MS });
    return this.blocking;
  }
}

/** Rejects unless Redis answers on a new connection. */
export async function askAnew(config: RedisConfig): Promise<void> {
  const redis = new Redis({
    ...options(config, { maxRetriesPerRequest: 0 }),
    lazyConnect: true,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    await within(CONNECT_MS, redis.connect());
    await within(CONNECT_MS, redis.ping());
  } finally {
    redis.disconnect();
  }
}

function options(config: RedisConfig, retries: RetryOptions): Omit<RedisOptions, 'replyMapping'> {
  return {
    host: config.host,
    port: config.port,
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.tls ? { tls: { servername: config.host } } : {}),
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    retryStrategy: (attempt) => backoff(attempt, 50, 1_000),
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...retries,
  };
}

/** Logs the first failure of an outage, and its end. */
function reported<Connection extends Redis>(redis: Connection, logger: Logger, name: string): Connection {
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
