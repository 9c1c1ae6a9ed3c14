import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AccessTokens } from './accounts/access-tokens.ts';
import { GuessLimits } from './accounts/guess-limits.ts';
import { type Broker, connectBroker } from './broker/broker.ts';
import type { Config } from './config.ts';
import { Database } from './stores/database.ts';
import { Health } from './observability/health.ts';
import { buildApp } from './http/app.ts';
import { JOB_KINDS } from './http/schemas.ts';
import { JobQueue } from './jobs/job-queue.ts';
import type { Logger } from './observability/logger.ts';
import { EVENTS_QUEUE, JOBS_QUEUE, type MessageOf } from './messages.ts';
import { Metrics, type Outcome } from './observability/metrics.ts';
import { createMetricsServer } from './observability/metrics-server.ts';
import { Relay } from './stores/outbox.ts';
import { Progress } from './jobs/progress.ts';
import { Submissions } from './jobs/submissions.ts';
import { jobLimits } from './jobs/job-limits.ts';
import { type Output, reportQueue } from './observability/queue-reporter.ts';
import { recoverLostJobs } from './jobs/recovery.ts';
import { askAnew, connectRedis } from './stores/redis.ts';
import { RedisWatch } from './stores/redis-watch.ts';
import { RefreshTokens } from './accounts/refresh-tokens.ts';
import { SessionEnds } from './accounts/session-ends.ts';
import { within } from './timers.ts';
import { createTracing } from './observability/tracing.ts';

export interface Service {
  url: string;
  metricsUrl: string;
  /** Readiness fails from now on. Requests are still served, each with `connection: close`. */
  announceStop(): void;
  stop(): Promise<void>;
}

const TRACES_MS = 2_000;

export async function startService(config: Config, logger: Logger, output: Output): Promise<Service> {
  const metrics = new Metrics(config.service);
  const tracing = await createTracing(config);
  const database = new Database(config.database, logger, () => {
    metrics.readerFallbacks.inc();
  });
  metrics.watchDatabase(database);
  metrics.startCounts(JOB_KINDS, [EVENTS_QUEUE]);
  const redis = connectRedis(config.redis, logger, 'commands');
  const subscriber = connectRedis(config.redis, logger, 'progress', { autoResubscribe: false });
  const queueRedis = connectRedis(config.redis, logger, 'queue', { commandTimeout: 5_000 });
  const queue = new JobQueue(JOBS_QUEUE, queueRedis, config.jobAttempts);
  const broker = await connectBroker(config.broker, [EVENTS_QUEUE], logger);
  const watch = new RedisWatch(
    {
      commands: () => redis.ping(),
      progress: () => subscriber.ping(),
      queue: () => queueRedis.ping(),
    },
    () => askAnew(config.redis),
  );
  const health = new Health(database, redis, broker, watch);
  void health.check(); // connects to the database while the routes are built
  const jobsRelay = new Relay(database, 'queue:jobs', (messages) => queue.add(messages), logger);
  const eventsRelay = new Relay(database, 'broker:events', publishTo(broker, metrics), logger);
  const app = await buildApp({
    config,
    logger,
    database,
    redis,
    metrics,
    tracing,
    health,
    accessTokens: new AccessTokens(config.signingKeys),
    refreshTokens: new RefreshTokens(redis),
    guessLimits: new GuessLimits(redis, config),
    sessionEnds: new SessionEnds(redis, subscriber, logger),
    progress: new Progress(redis, subscriber, logger),
    submissions: new Submissions(database, jobLimits(database, config)),
    queue,
    jobsRelay,
    eventsRelay,
  });
  const url = await app.listen({ host: config.listenHost, port: config.port });
  const metricsServer = createMetricsServer(metrics.registry).listen(config.metricsPort, config.listenHost);
  await once(metricsServer, 'listening');
  jobsRelay.start();
  eventsRelay.start();
  const background: { stop(): Promise<void> }[] = [jobsRelay, eventsRelay];
  const watchQueue = (): void => {
    background.push(
      reportQueue(config, queue, metrics, logger, output),
      recoverLostJobs(database, queue, logger),
    );
  };
  if (queueRedis.status === 'ready') watchQueue();
  else queueRedis.once('ready', watchQueue);

  const stop = async (): Promise<void> => {
    health.stop();
    watch.stop();
    await app.close();
    await Promise.all(background.map((task) => task.stop()));
    await queue.close();
    await broker.close();
    for (const connection of [redis, subscriber, queueRedis]) connection.disconnect();
    await database.close();
    await within(TRACES_MS, tracing.stop()).catch(() => undefined);
    metricsServer.close();
    metricsServer.closeAllConnections();
  };
  let stopped: Promise<void> | undefined;

  return {
    url,
    metricsUrl: `http://${config.listenHost}:${(metricsServer.address() as AddressInfo).port}/metrics`,
    announceStop: () => {
      health.stop();
    },
    stop: () => (stopped ??= stop()),
  };
}

function publishTo(
  broker: Broker,
  metrics: Metrics,
): (messages: MessageOf['broker:events'][]) => Promise<void> {
  const count = (outcome: Outcome): void => {
    metrics.brokerMessages.inc({ queue: EVENTS_QUEUE, outcome });
  };
  return async (messages) => {
    for (const message of messages) {
      try {
        await broker.publish(EVENTS_QUEUE, message);
        count('published');
      } catch (error) {
        count('failed');
        throw error;
      }
    }
  };
}
