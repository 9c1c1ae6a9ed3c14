import { randomUUID } from 'node:crypto';
import type { Queue } from 'bullmq';
import type { Measured } from '../../api/benchmarks/comparison.ts';
import type { JobMessage } from '../src/messages.ts';
import { eventually } from '../tests/support/processes.ts';
import { query } from '../tests/support/servers.ts';

export const JOBS = 2_000;
const KIND = 'number.primes';
const PAYLOAD = { limit: 100 };

/** As the backend sends them. */
const OPTIONS = {
  attempts: 5,
  removeOnComplete: { age: 3_600, count: 10_000 },
  removeOnFail: false,
};

export function makeMessages(tenantId: string): JobMessage[] {
  return Array.from({ length: JOBS }, () => ({
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

/** How fast the queue's worker gets through them. All are there before it takes the first. */
export async function measureJobs(
  queue: Queue,
  messages: readonly JobMessage[],
  { turns }: { turns: boolean },
): Promise<Measured> {
  await queue.clean(0, 0, 'completed');
  await queue.pause();
  await queue.addBulk(
    messages.map((message, index) => ({
      name: message.kind,
      data: message,
      opts: { ...OPTIONS, jobId: message.jobId, ...(turns ? { priority: 2 + index } : {}) },
    })),
  );
  const start = Date.now();
  await queue.resume();
  await eventually(async () => (await queue.getCompletedCount()) === messages.length);
  const [last] = await queue.getJobs('completed', 0, 0);
  return { 'jobs per second': (1000 * messages.length) / ((last?.finishedOn ?? NaN) - start) };
}
