import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { type Measured, printTable } from '../../api/benchmarks/comparison.ts';
import { eventually } from '../tests/support/processes.ts';
import { addRows, addToQueue, type Contender, makeMessages } from './jobs.ts';

const JOBS = 100_000;
const PARTS = 10;
const ROWS_AT_ONCE = 10_000;

/** Whether a long queue slows the worker or fills its memory, and what a job that waits takes in Redis. */
export async function measureBacklog(
  { queue, programs: [worker], rows, turns }: Contender,
  redis: Redis,
  tenantId: string,
): Promise<void> {
  if (!worker || !rows) return;
  const messages = makeMessages(JOBS, tenantId);
  for (let from = 0; from < JOBS; from += ROWS_AT_ONCE)
    await addRows(rows.port, rows.database, messages.slice(from, from + ROWS_AT_ONCE));
  await queue.pause();
  const empty = await usedMemory(redis);
  await addToQueue(queue, messages, turns);
  const bytes = ((await usedMemory(redis)) - empty) / JOBS;
  const atRest = { 'jobs per second': NaN, 'worker MB': residentMegabytes(worker.pid) };
  const parts: Record<string, Measured> = { 'before the first': atRest };
  await queue.resume();
  let since = Date.now();
  for (let part = 1; part <= PARTS; part++) {
    const left = JOBS - (part * JOBS) / PARTS;
    await eventually(async () => (await queue.getPrioritizedCount()) <= left, worker.failure);
    const seconds = (Date.now() - since) / 1000;
    since = Date.now();
    parts[`to ${left} left`] = {
      'jobs per second': JOBS / PARTS / seconds,
      'worker MB': residentMegabytes(worker.pid),
    };
  }
  printTable(`A backlog of ${JOBS} jobs, each ${bytes.toFixed(0)} bytes in Redis`, [parts], []);
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]);
}

function residentMegabytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}
