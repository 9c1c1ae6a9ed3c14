import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Redis } from 'ioredis';
import { type Broker, connectBroker, type Subscription } from './broker/broker.ts';
import type { Config } from './config.ts';
import { Database } from './stores/database.ts';
import { DeadLetters } from './jobs/dead-letters.ts';
import { eventHandler, forgetOldMessages } from './broker/events.ts';
import { Health } from './http/health.ts';
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
import { connectHasty, connectPatient, warnOfEviction } from './stores/redis.ts';
import { TaskProtection } from './jobs/task-protection.ts';
import { repeat, within } from './timers.ts';
import { createTracing, type Tracing } from './observability/tracing.ts';

export interface Service {
  /** Of the server that answers /metrics, /healthz and /readyz. */
  url: string;
  /** Resolves at the stop; rejects when there is nothing to work for. */
  running: Promise<void>;
  stop(): Promise<void>;
}

export interface ServiceOptions {
  kinds?: Kinds;
  reportMs?: number;
}

const REPORT_MS = 15_000;
const RECONCILE_MS = 15_000;
const FORGET_MS = 3_600_000;
const CLOSE_MS = 2_000;

interface Stoppable {
  stop(): Promise<void>;
}

interface Parts {
  config: Config;
  logger: Logger;
  database: Database;
  /** Fails at once while Redis is away. */
  redis: Redis;
  /** Waits until Redis is back. */
  queueRedis: Redis;
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
  const redis = connectHasty(config.redis, logger);
  const queueRedis = connectPatient(config.redis, logger);
  const broker = await connectBroker(config.broker, [EVENTS_QUEUE], logger);
  const health = new Health(database, redis, broker);
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
  const working = beginWork(parts, health, stopping.signal);

  return {
    url: `http://${config.listenHost}:${(server.address() as AddressInfo).port}`,
    running: working.then(() => undefined),
    stop: async () => {
      health.isWorking = false;
      stopping.abort();
      const work = await working.catch(() => undefined);
      await work?.stop();
      await within(CLOSE_MS, closeAll(parts)).catch(() => undefined);
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Undefined when the stop came before the queue was known. */
async function beginWork(parts: Parts, health: Health, signal: AbortSignal): Promise<Stoppable | undefined> {
  const { config, redis, logger } = parts;
  try {
    await awaitQueue(config.jobs.queue, redis, logger, signal);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
  await warnOfEviction(redis, logger);
  if (signal.aborted) return undefined;
  const work = takeWork(parts);
  health.isWorking = true;
  return work;
}

function takeWork(parts: Parts): Stoppable {
  const { config, logger, database, redis, queueRedis, broker, metrics } = parts;
  const progress = new Progress(database, redis);
  const queue = new JobQueue(config.jobs.queue, queueRedis);
  const deadLetters = new DeadLetters(queue.queue, redis, database, progress);
  const protection = new TaskProtection(config.ecsAgent, logger);
  const runner = new JobRunner({ ...parts, progress }, config.jobs.timeoutSeconds);
  const worker = new JobWorker(config.jobs, queueRedis, runner, logger, {
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
      deadLetters.setAside(job).catch((error: unknown) => {
        logger.warn({ err: error, jobId: job.id }, 'job status update failed');
      });
    },
  });
  const countEvent = (outcome: string): void => {
    metrics.brokerMessages.inc({ queue: EVENTS_QUEUE, outcome });
  };
  const events: Subscription = broker.consume(EVENTS_QUEUE, eventHandler(database, countEvent));
  const background: Stoppable[] = [
    reportQueue(config, queue, metrics, logger, parts.output, parts.reportMs),
    repeat(
      RECONCILE_MS,
      quietly(logger, 'dead letters', () => deadLetters.reconcile()),
    ),
    repeat(
      FORGET_MS,
      quietly(logger, 'old messages', () => forgetOldMessages(database)),
    ),
  ];

  return {
    stop: async () => {
      const draining = worker.stop(config.jobs.stopTimeoutSeconds).catch((error: unknown) => {
        logger.error({ err: error }, 'some jobs were left behind: they are taken up when their locks end');
      });
      await Promise.all([draining, events.stop(), ...background.map((part) => part.stop())]);
      await Promise.all([protection.stop(), within(CLOSE_MS, queue.close()).catch(() => undefined)]);
    },
  };
}

function quietly(logger: Logger, what: string, work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error }, `${what} were not looked through`);
    }
  };
}

async function closeAll({ broker, redis, queueRedis, database, tracing }: Parts): Promise<void> {
  redis.disconnect();
  queueRedis.disconnect();
  await Promise.all([broker.close(), database.close(), tracing.stop()]);
}
