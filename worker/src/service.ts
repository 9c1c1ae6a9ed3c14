import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Redis } from 'ioredis';
import { type Broker, connectBroker, type Subscription } from './broker/broker.ts';
import { Cancellations } from './jobs/cancellations.ts';
import type { Config, RedisConfig } from './config.ts';
import { Database } from './stores/database.ts';
import { DeadLetters } from './jobs/dead-letters.ts';
import { eventHandler, deleteOldMessages } from './broker/events.ts';
import { Health } from './http/health.ts';
import { removeCorruptEntries } from './jobs/corrupt-entries.ts';
import { awaitQueue, JobQueue } from './jobs/job-queue.ts';
import { JobRunner } from './jobs/job-runner.ts';
import { JobWorker } from './jobs/job-worker.ts';
import { KINDS } from './kinds/all.ts';
import type { Kinds } from './kinds/kind.ts';
import type { Logger } from './observability/logger.ts';
import { EVENTS_QUEUE } from './messages.ts';
import { Metrics } from './observability/metrics.ts';
import { createOperationsServer } from './http/operations-server.ts';
import { Progress } from './jobs/progress.ts';
import { type Output, reportQueue } from './observability/queue-reporter.ts';
import {
  askAnew,
  connectForCommands,
  connectForQueue,
  type QueueRedis,
  warnOfEviction,
} from './stores/redis.ts';
import { RedisWatch } from './stores/redis-watch.ts';
import { TaskProtection } from './jobs/task-protection.ts';
import { repeat, within } from './timers.ts';
import { createTracing, type Tracing } from './observability/tracing.ts';

export interface Service {
  /** Serves /metrics, /healthz and /readyz. */
  url: string;
  /** Resolves when the worker takes jobs, or was stopped before it did; rejects if its queue is unknown. */
  running: Promise<void>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  kinds?: Kinds;
  reportMs?: number;
}

const REPORT_MS = 15_000;
const RECONCILE_MS = 15_000;
const CLEANUP_MS = 3_600_000;
const CLOSE_MS = 2_000;

interface Stoppable {
  stop(): Promise<void>;
}

interface Parts {
  config: Config;
  logger: Logger;
  database: Database;
  /** Commands fail at once while Redis is not available. */
  redis: Redis;
  /** Commands wait until Redis is available again. */
  queueRedis: QueueRedis;
  broker: Broker;
  metrics: Metrics;
  tracing: Tracing;
  kinds: Kinds;
  reportMs: number;
  output: Output;
}

export async function startService(
  config: Config,
  logger: Logger,
  output: Output,
  options: ServiceOptions = {},
): Promise<Service> {
  const { kinds = KINDS, reportMs = REPORT_MS } = options;
  const metrics = new Metrics(config.service, kinds);
  const tracing = await createTracing(config);
  const database = new Database(config.database, logger);
  const redis = connectForCommands(config.redis, logger);
  const queueRedis = connectForQueue(config.redis, logger);
  const broker = await connectBroker(config.broker, [EVENTS_QUEUE], logger);
  const watch = watchRedis(config.redis, redis, queueRedis);
  const health = new Health(database, redis, broker, watch);
  const server = createOperationsServer(metrics.registry, health);
  await once(server.listen(config.metricsPort, config.listenHost), 'listening');

  const stopping = new AbortController();
  const parts = {
    config,
    logger,
    database,
    redis,
    queueRedis,
    broker,
    metrics,
    tracing,
    kinds,
    reportMs,
    output,
  };
  const working = startWhenRegistered(parts, health, stopping.signal);

  return {
    url: `http://${config.listenHost}:${(server.address() as AddressInfo).port}`,
    running: working.then(() => undefined),
    stop: async () => {
      health.takesJobs = false;
      stopping.abort();
      watch.stop();
      const work = await working.catch(() => undefined);
      await work?.stop();
      await within(CLOSE_MS, closeAll(parts)).catch(() => undefined);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Undefined if the worker was stopped before the queue was registered. */
async function startWhenRegistered(
  parts: Parts,
  health: Health,
  signal: AbortSignal,
): Promise<Stoppable | undefined> {
  const { config, redis, logger } = parts;
  try {
    await awaitQueue(config.jobs.queue, redis, logger, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  await warnOfEviction(redis, logger);
  if (signal.aborted) return undefined;
  const work = startProcessing(parts);
  health.takesJobs = true;
  return work;
}

function startProcessing(parts: Parts): Stoppable {
  const { config, logger, database, redis, queueRedis, broker, metrics } = parts;
  const progress = new Progress(database, redis);
  const queue = new JobQueue(config.jobs.queue, queueRedis);
  const deadLetters = new DeadLetters(queue.queue, redis, database, progress);
  const protection = new TaskProtection(config.ecsAgent, logger);
  const cancellations = new Cancellations(database, logger);
  const runner = new JobRunner({ ...parts, cancellations, progress }, config.jobs);
  const worker = new JobWorker(config.jobs, queue.queue, queueRedis, runner, logger, {
    onBusy: () => {
      protection.busy();
    },
    onIdle: () => {
      protection.idle();
    },
    onFailed: (job, isFinal) => {
      metrics.countJob(job.name, isFinal ? 'failed' : 'retried');
      if (!isFinal) return;
      logger.error({ jobId: job.id, kind: job.name, reason: job.failedReason }, 'job set aside');
      deadLetters.markFailed(job).catch((error: unknown) => {
        logger.warn({ err: error, jobId: job.id }, 'job status update failed');
      });
    },
  });
  const countEvent = (outcome: string): void => {
    metrics.brokerMessages.inc({ queue: EVENTS_QUEUE, outcome });
  };
  const events: Subscription = broker.consume(EVENTS_QUEUE, eventHandler(database, countEvent));
  const background: Stoppable[] = [
    cancellations,
    reportQueue(config, queue, metrics, logger, parts.output, parts.reportMs),
    repeat(
      RECONCILE_MS,
      logged(logger, 'dead-letter check failed', () => deadLetters.reconcile()),
    ),
    repeat(
      RECONCILE_MS,
      logged(logger, 'check for corrupt entries failed', async () => {
        const ids = await removeCorruptEntries(redis, queue.queue);
        if (ids.length > 0) logger.error({ ids }, 'corrupt entries removed from the queue');
      }),
    ),
    repeat(
      CLEANUP_MS,
      logged(logger, 'received-message cleanup failed', () => deleteOldMessages(database)),
    ),
  ];

  return {
    stop: async () => {
      const draining = worker.stop(config.jobs.stopTimeoutSeconds).catch((error: unknown) => {
        logger.error(
          { err: error },
          'stop timed out: other workers take the jobs in progress when their locks expire',
        );
      });
      await Promise.all([draining, events.stop(), ...background.map((part) => part.stop())]);
      await Promise.all([
        protection.stop(),
        progress.flush(),
        within(CLOSE_MS, queue.close()).catch(() => undefined),
      ]);
    },
  };
}

function watchRedis(config: RedisConfig, redis: Redis, queueRedis: QueueRedis): RedisWatch {
  const connections = {
    commands: () => redis.ping(),
    queue: () => queueRedis.ping(),
    blocking: () => {
      const status = queueRedis.blocking?.status ?? 'ready';
      return status === 'ready' ? Promise.resolve() : Promise.reject(new Error(status));
    },
  };
  return new RedisWatch(connections, () => askAnew(config));
}

/** Work that logs its failure instead of rejecting. */
function logged(logger: Logger, failure: string, work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error }, failure);
    }
  };
}

async function closeAll({ broker, redis, queueRedis, database, tracing }: Parts): Promise<void> {
  redis.disconnect();
  queueRedis.disconnect();
  await Promise.all([broker.close(), database.close(), tracing.stop()]);
}
