import { totalmem } from 'node:os';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../stores/database.ts';
import type { QueueSample } from '../jobs/job-queue.ts';
import { within } from '../timers.ts';

const COLLECT_MS = 1_000;
const OUTCOMES = ['published', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export class Metrics {
  readonly registry = new Registry();
  readonly requests: Histogram<'method' | 'route' | 'status'>;
  readonly requestsInFlight: Gauge;
  readonly jobsSubmitted: Counter<'kind'>;
  readonly jobsCancelled: Counter<'kind'>;
  readonly streams: Gauge;
  readonly readerFallbacks: Counter;
  readonly brokerMessages: Counter<'queue' | 'outcome'>;
  readonly #queueGauges: Record<keyof QueueSample, Gauge<'queue'>>;

  constructor(service: string) {
    const registers = [this.registry];
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    watchMemoryLimit(registers);
    this.requests = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request to the end of its response.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    });
    this.requestsInFlight = new Gauge({
      name: 'http_requests_in_flight',
      help: 'Requests in progress.',
      registers,
    });
    this.jobsSubmitted = new Counter({
      name: 'jobs_submitted_total',
      help: 'Jobs accepted; repeated idempotency keys are not counted.',
      labelNames: ['kind'],
      registers,
    });
    this.jobsCancelled = new Counter({
      name: 'jobs_cancelled_total',
      help: 'Jobs that were cancelled while they were queued or running.',
      labelNames: ['kind'],
      registers,
    });
    this.streams = new Gauge({ name: 'sse_clients', help: 'Open progress streams.', registers });
    this.readerFallbacks = new Counter({
      name: 'reader_fallbacks_total',
      help: 'Reads that the primary served because the replica failed.',
      registers,
    });
    this.brokerMessages = new Counter({
      name: 'broker_messages_total',
      help: 'Messages published to the broker.',
      labelNames: ['queue', 'outcome'],
      registers,
    });
    const queueGauge = (name: string, help: string): Gauge<'queue'> =>
      new Gauge({ name, help, labelNames: ['queue'], registers });
    this.#queueGauges = {
      depth: queueGauge('queue_depth', 'Jobs that wait for a worker.'),
      oldestAgeSeconds: queueGauge('queue_oldest_age_seconds', 'Age of the job that has waited longest.'),
      inFlight: queueGauge('queue_in_flight', 'Jobs that a worker is running.'),
      failed: queueGauge('queue_failed', 'Jobs that failed after their last attempt.'),
    };
  }

  /** A series that begins with its first errors hides them from `increase`: each begins at zero. */
  startRoute(method: string, route: string, statuses: readonly number[]): void {
    for (const status of statuses) this.requests.zero({ method, route, status });
  }

  startCounts(kinds: readonly string[], queues: readonly string[]): void {
    for (const kind of kinds) {
      this.jobsSubmitted.inc({ kind }, 0);
      this.jobsCancelled.inc({ kind }, 0);
    }
    for (const queue of queues) {
      for (const outcome of OUTCOMES) this.brokerMessages.inc({ queue, outcome }, 0);
    }
  }

  /** Without a sample the series are removed: zero would mean an empty queue. */
  setQueue(queue: string, sample: QueueSample | undefined): void {
    for (const [name, gauge] of Object.entries(this.#queueGauges)) {
      if (sample) gauge.set({ queue }, sample[name as keyof QueueSample]);
      else gauge.remove({ queue });
    }
  }

  watchDatabase(database: Database): void {
    const { primary } = database;
    new Gauge({
      name: 'database_pool_connections',
      help: 'Connections to the primary.',
      labelNames: ['state'],
      registers: [this.registry],
      collect() {
        this.set({ state: 'busy' }, primary.totalCount - primary.idleCount);
        this.set({ state: 'idle' }, primary.idleCount);
        this.set({ state: 'awaited' }, primary.waitingCount);
      },
    });
    this.#watchOutbox(database);
  }

  /** A scrape collects all metrics at once: both gauges wait for one and the same measurement. */
  #watchOutbox(database: Database): void {
    let measuring: Promise<Outbox> | undefined;
    const measure = (): Promise<Outbox> =>
      (measuring ??= measureOutbox(database)
        .catch(() => UNKNOWN)
        .finally(() => (measuring = undefined)));
    const gauge = (name: string, help: string, read: (outbox: Outbox) => number): void => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          this.set(read(await measure()));
        },
      });
    };
    gauge('outbox_rows', 'Rows that are not relayed yet.', ({ rows }) => rows);
    gauge('outbox_oldest_age_seconds', 'Age of the oldest row that is not relayed yet.', ({ age }) => age);
  }
}

interface Outbox {
  rows: number;
  age: number;
}

const UNKNOWN: Outbox = { rows: NaN, age: NaN };

async function measureOutbox(database: Database): Promise<Outbox> {
  const [row] = await within(
    COLLECT_MS,
    database.query<{ rows: number; age: number }>(
      `SELECT count(*)::int AS rows,
              coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age FROM outbox`,
    ),
  );
  return row ?? UNKNOWN;
}

/** The container's memory limit, or the memory of the machine when there is none. */
function watchMemoryLimit(registers: Registry[]): void {
  const limit = process.constrainedMemory();
  const gauge = new Gauge({
    name: 'process_memory_limit_bytes',
    help: 'Memory at which the process is killed.',
    registers,
  });
  gauge.set(limit > 0 ? Math.min(limit, totalmem()) : totalmem());
}
