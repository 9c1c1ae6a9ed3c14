import { totalmem } from 'node:os';
import type { Job } from 'bullmq';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { QueueSample } from '../jobs/job-queue.ts';
import type { Kinds } from '../kinds/kind.ts';

const OUTCOMES = ['succeeded', 'retried', 'failed', 'cancelled'] as const;
export type JobOutcome = (typeof OUTCOMES)[number];

export class Metrics {
  readonly registry = new Registry();
  readonly brokerMessages: Counter<'queue' | 'outcome'>;
  readonly #kinds: Kinds;
  readonly #processed: Counter<'kind' | 'outcome'>;
  readonly #duration: Histogram<'kind'>;
  readonly #wait: Histogram;
  readonly #queueGauges: Record<keyof QueueSample, Gauge<'queue'>>;

  constructor(service: string, kinds: Kinds) {
    const registers = [this.registry];
    this.#kinds = kinds;
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    watchMemoryLimit(registers);
    this.#processed = new Counter({
      name: 'jobs_processed_total',
      help: 'Attempts that ended, by the outcome for the job.',
      labelNames: ['kind', 'outcome'],
      registers,
    });
    // A rate needs an earlier value: it would not show the failure that created its series.
    for (const kind of [...Object.keys(kinds), 'unknown']) {
      for (const outcome of OUTCOMES) this.#processed.inc({ kind, outcome }, 0);
    }
    this.#duration = new Histogram({
      name: 'job_duration_seconds',
      help: 'Time that one attempt took.',
      labelNames: ['kind'],
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
      registers,
    });
    this.#wait = new Histogram({
      name: 'job_wait_seconds',
      help: 'Time from a job entering the queue to its first start.',
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 3_600],
      registers,
    });
    this.brokerMessages = new Counter({
      name: 'broker_messages_total',
      help: 'Messages consumed from the broker, by outcome.',
      labelNames: ['queue', 'outcome'],
      registers,
    });
    const queueGauge = (name: string, help: string): Gauge<'queue'> =>
      new Gauge({ name, help, labelNames: ['queue'], registers });
    this.#queueGauges = {
      depth: queueGauge('queue_depth', 'Jobs that wait for a worker.'),
      oldestAgeSeconds: queueGauge('queue_oldest_age_seconds', 'Age of the job that has waited longest.'),
      inFlight: queueGauge('queue_in_flight', 'Jobs in progress.'),
      failed: queueGauge('queue_failed', 'Jobs that were set aside.'),
    };
  }

  /** The returned function ends the attempt's timer. */
  startJob(job: Job, kind: string): () => void {
    const waited = (Date.now() - job.timestamp) / 1000;
    if (job.attemptsStarted === 1) this.#wait.observe(Math.max(0, waited));
    return this.#duration.startTimer({ kind: this.#label(kind) });
  }

  countJob(kind: string, outcome: JobOutcome): void {
    this.#processed.inc({ kind: this.#label(kind), outcome });
  }

  /** Without a sample the series are removed: a queue that cannot be read is not an empty queue. */
  setQueue(queue: string, sample: QueueSample | undefined): void {
    for (const [name, gauge] of Object.entries(this.#queueGauges)) {
      if (sample) gauge.set({ queue }, sample[name as keyof QueueSample]);
      else gauge.remove({ queue });
    }
  }

  /** Bounds the number of series: users choose the names of kinds. */
  #label(kind: string): string {
    return Object.hasOwn(this.#kinds, kind) ? kind : 'unknown';
  }
}

/** The container's limit, or the machine's memory where there is none. */
function watchMemoryLimit(registers: Registry[]): void {
  const limit = process.constrainedMemory();
  const gauge = new Gauge({
    name: 'process_memory_limit_bytes',
    help: 'Memory at which the process is killed.',
    registers,
  });
  gauge.set(limit > 0 ? Math.min(limit, totalmem()) : totalmem());
}
