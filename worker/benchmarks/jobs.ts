import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Measured } from '../../api/benchmarks/comparison.ts';
import type { Program } from '../../api/benchmarks/programs.ts';
import type { JobMessage } from '../src/messages.ts';
import { eventually } from '../tests/support/processes.ts';
import { query } from '../tests/support/servers.ts';
import { processorTime } from './processor-time.ts';

const KIND = 'number.primes';
const PAYLOAD = { limit: 100 };
const ADDED_AT_ONCE = 1_000;

/** As the backend sends them. */
const OPTIONS = {
  attempts: 5,
  removeOnComplete: { age: 3_600, count: 10_000 },
  removeOnFail: false,
};

export interface Contender {
  queue: Queue;
  programs: readonly Program[];
  /** Where the rows of its jobs are; without it the jobs have none. */
  rows?: { port: number; database: string };
  /** Whether its jobs have turns, as the backend gives them. */
  turns: boolean;
}

/** The processes that all contenders use. */
export interface Servers {
  postgres: number;
  redis: number;
}

/** How fast the contender gets through jobs of one tenant, and what each takes. All wait before the first is taken. */
export async function measureJobs(
  { queue, programs, rows, turns }: Contender,
  servers: Servers,
  { tenantId, count }: { tenantId: string; count: number },
): Promise<Measured> {
  const messages = makeMessages(count, tenantId);
  if (rows) await addRows(rows.port, rows.database, messages);
  await queue.clean(0, 0, 'completed');
  await queue.pause();
  await addToQueue(queue, messages, turns);
  const processes = [programs.map(({ pid }) => pid), [servers.postgres], [servers.redis]];
  const before = processes.map(processorTime);
  const start = Date.now();
  await queue.resume();
  await eventually(async () => (await queue.getCompletedCount()) === count);
  const [own, postgres, redis] = processes.map((pids, index) => {
    const { microseconds, systemMicroseconds } = processorTime(pids);
    const earlier = before[index] ?? { microseconds: 0, systemMicroseconds: 0 };
    return [microseconds - earlier.microseconds, systemMicroseconds - earlier.systemMicroseconds];
  }) as [number[], number[], number[]];
  const [last] = await queue.getJobs('completed', 0, 0);
  return {
    'jobs per second': (1000 * count) / ((last?.finishedOn ?? NaN) - start),
    'CPU µs a job': (own[0] ?? NaN) / count,
    'of it system calls %': (100 * (own[1] ?? NaN)) / (own[0] ?? NaN),
    "PostgreSQL's": rows ? (postgres[0] ?? NaN) / count : NaN,
    "Redis's": (redis[0] ?? NaN) / count,
  };
}

export function makeMessages(count: number, tenantId: string): JobMessage[] {
  return Array.from({ length: count }, () => ({
    jobId: randomUUID(),
    tenantId,
    kind: KIND,
    requestId: randomUUID(),
    traceparent: `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`,
  }));
}

export async function addRows(
  port: number,
  database: string,
  messages: readonly JobMessage[],
): Promise<void> {
  await query(
    port,
    database,
    `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
     SELECT (message ->> 'jobId')::uuid, (message ->> 'tenantId')::uuid, message ->> 'jobId', 'hash', $2, $3
     FROM jsonb_array_elements($1) AS message`,
    [JSON.stringify(messages), KIND, PAYLOAD],
  );
}

export async function addToQueue(
  queue: Queue,
  messages: readonly JobMessage[],
  turns: boolean,
): Promise<void> {
  const jobs = messages.map((message, index) => ({
    name: message.kind,
    data: message,
    opts: { ...OPTIONS, jobId: message.jobId, ...(turns ? { priority: 2 + index } : {}) },
  }));
  for (let from = 0; from < jobs.length; from += ADDED_AT_ONCE)
    await queue.addBulk(jobs.slice(from, from + ADDED_AT_ONCE));
}
