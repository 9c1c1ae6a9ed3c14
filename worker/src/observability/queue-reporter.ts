import type { ServiceConfig } from '../config.ts';
import type { JobQueue, QueueSample } from '../jobs/job-queue.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { repeat } from '../timers.ts';

const METRICS = [
  { Name: 'QueueDepth', Unit: 'Count' },
  { Name: 'OldestJobAgeSeconds', Unit: 'Seconds' },
  { Name: 'JobsInFlight', Unit: 'Count' },
];

export type Output = (line: string) => void;

/** Reports the queue's state to Prometheus and CloudWatch. */
export function reportQueue(
  config: ServiceConfig,
  queue: JobQueue,
  metrics: Metrics,
  logger: Logger,
  output: Output,
  periodMs: number,
): { stop(): Promise<void> } {
  return repeat(periodMs, async () => {
    try {
      const sample = await queue.sample();
      metrics.setQueue(queue.name, sample);
      output(embeddedMetrics(config, queue.name, sample));
    } catch (error) {
      metrics.setQueue(queue.name, undefined);
      logger.error({ err: error, queue: queue.name }, 'queue measurement failed');
    }
  });
}

/** A line in CloudWatch's embedded metric format, and a log line whatever the log level is. */
function embeddedMetrics(config: ServiceConfig, queue: string, sample: QueueSample): string {
  const now = new Date();
  const line = {
    level: 'info',
    time: now.toISOString(),
    service: config.service,
    version: config.version,
    environment: config.environment,
    msg: 'queue metrics',
    _aws: {
      Timestamp: now.getTime(),
      CloudWatchMetrics: [
        { Namespace: 'Plataforma/Queues', Dimensions: [['Environment', 'Queue']], Metrics: METRICS },
      ],
    },
    Environment: config.environment,
    Queue: queue,
    QueueDepth: sample.depth,
    OldestJobAgeSeconds: sample.oldestAgeSeconds,
    JobsInFlight: sample.inFlight,
  };
  return `${JSON.stringify(line)}\n`;
}
