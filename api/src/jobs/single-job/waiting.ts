import type { Redis } from 'ioredis';
import type { Queue } from 'bullmq';
import { Unavailable } from '../../errors.ts';
import type { JobQueue } from '../job-queue.ts';
import { isFinished, type Job } from '../jobs.ts';

export const WAITING_FOR = ['worker', 'retry', 'sending', 'nothing', 'unknown'] as const;

export interface Waiting {
  for: (typeof WAITING_FOR)[number];
  /** Jobs, also of others, that are taken before it as things are. */
  ahead: number | null;
  workers: number | null;
  nextAttemptAt: Date | null;
}

/** BullMQ's score of a delayed job is its time times this, plus a counter. */
const DELAYED_UNIT = 0x1000;

/** Redis alone knows; while it does not answer, nobody does. */
export async function waitingOf(queue: JobQueue, job: Job): Promise<Waiting> {
  if (isFinished(job)) return waiting('nothing');
  try {
    return await queue.waiting(job.id);
  } catch (error) {
    if (error instanceof Unavailable) return waiting('unknown');
    throw error;
  }
}

export async function placeInQueue(
  redis: Redis,
  queue: Queue,
  id: string,
  countWorkers: () => Promise<number>,
): Promise<Waiting> {
  const results = await redis
    .pipeline()
    .lpos(queue.toKey('active'), id)
    .zscore(queue.toKey('delayed'), id)
    .lpos(queue.toKey('wait'), id)
    .llen(queue.toKey('wait'))
    .zrank(queue.toKey('prioritized'), id)
    .exec();
  const [active, delayed, returned, length, rank] = (results ?? []).map(([error, value]) => {
    if (error) throw error;
    return value === null ? undefined : Number(value);
  });
  if (active !== undefined) return waiting('nothing');
  if (delayed !== undefined)
    return waiting('retry', { nextAttemptAt: new Date(Math.floor(delayed / DELAYED_UNIT)) });
  const ahead = jobsAhead({ returned, length: length ?? 0, rank });
  return ahead === undefined
    ? waiting('sending')
    : waiting('worker', { ahead, workers: await countWorkers() });
}

interface Place {
  /** From the left of the list of returned jobs: workers take them from its right, and before all others. */
  returned: number | undefined;
  length: number;
  rank: number | undefined;
}

function jobsAhead({ returned, length, rank }: Place): number | undefined {
  if (returned !== undefined) return length - 1 - returned;
  return rank === undefined ? undefined : length + rank;
}

function waiting(reason: Waiting['for'], known: Partial<Waiting> = {}): Waiting {
  return { for: reason, ahead: null, workers: null, nextAttemptAt: null, ...known };
}
