import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** BullMQ's score of a job that waits is its priority times this, plus a counter. */
const PRIORITY_UNIT = 2 ** 32;
/** That of returned jobs, the present turn and the next: every tenant with jobs that wait has one among these. */
const PRIORITIES = 3;

/** When the job that has waited longest entered the queue: the first of a priority came first. */
export async function oldestTimestamp(redis: Redis, queue: Queue<unknown>): Promise<number | undefined> {
  const ids = await redis.lrange(queue.toKey('wait'), -1, -1);
  for (let from = 0, count = 0; count < PRIORITIES; count++) {
    const [id, score] = await redis.zrangebyscore(
      queue.toKey('prioritized'),
      from,
      '+inf',
      'WITHSCORES',
      'LIMIT',
      0,
      1,
    );
    if (id === undefined) break;
    ids.push(id);
    from = (Math.floor(Number(score) / PRIORITY_UNIT) + 1) * PRIORITY_UNIT;
  }
  const times = await Promise.all(ids.map((id) => redis.hget(queue.toKey(id), 'timestamp')));
  const known = times.filter((time) => time !== null).map(Number);
  return known.length > 0 ? Math.min(...known) : undefined;
}
