import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/**
 * Removes from the queue the active entries that BullMQ can't read: a worker takes one, fails to build its job, and the
 * entry stalls and is taken again, for ever. The backend sends a job again whose row is not finished.
 */
export async function removeCorruptEntries(redis: Redis, queue: Queue<unknown>): Promise<string[]> {
  const active = queue.toKey('active');
  const removed: string[] = [];
  for (const id of new Set(await redis.lrange(active, 0, -1))) {
    if (await isReadable(queue, id)) continue;
    const key = queue.toKey(id);
    await redis.multi().lrem(active, 0, id).srem(queue.toKey('stalled'), id).del(key, `${key}:lock`).exec();
    removed.push(id);
  }
  return removed;
}

async function isReadable(queue: Queue<unknown>, id: string): Promise<boolean> {
  try {
    const job = await queue.getJob(id);
    // A stalled entry without a job has a hash of BullMQ's own counts.
    return typeof job?.name === 'string';
  } catch (error) {
    const isCorrupt =
      error instanceof SyntaxError ||
      error instanceof TypeError ||
      (error instanceof Error && error.message.startsWith('WRONGTYPE'));
    if (isCorrupt) return false;
    throw error;
  }
}
