import type { ServiceConfig } from '../config.ts';
import type { JobQueue, QueueSample } from '../jobs/job-queue.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { repeat } from '../timers.ts';

const PERIOD_MS = 15_000;
const METRICS = [
  { Name: 'QueueDepth', Unit: 'Count' },
  { Name: 'OldestJobAgeSeconds', Unit: 'Seconds' },
  { Name: 'JobsInFlight', Unit: 'Count' },
];

export type Output = (line: string) => void;

/** Reports the queue to Prometheus and CloudWatch, also while no worker runs. */
export function reportQueue(
  config: ServiceConfig,
  queue: JobQueue,
  metrics: Metrics,
  logger: Logger,
  output: Output,
): { stop(): Promise<void> } {
  return repeat(PERIOD_MS, async () => {
    try {
      const sample = await queue.sample();
      metrics.setQueue(queue.name, sample);
      output(embeddedMetrics(config, queue.name, sample));
    } catch (error) {
      metrics.setQueue(queue.name, undefined);
      logger.warn({ err: error, queue: queue.name }, 'queue measurement failed');
    }
  });
}

/** A log line in CloudWatch's embedded metric format, written whatever the log level. */
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
