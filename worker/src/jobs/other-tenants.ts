import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { isRecord } from '../messages.ts';

/** The next jobs of at least half as many tenants: of each, one has the present turn or the next. */
const LOOKED_AT = 32;

/** The first waiting job of a tenant that is not among `tenantIds`. */
export async function findJobOfOthers(
  redis: Redis,
  queue: Queue<unknown>,
  tenantIds: ReadonlySet<string>,
): Promise<string | undefined> {
  const returned = await redis.lrange(queue.toKey('wait'), -LOOKED_AT, -1);
  const prioritized = await redis.zrange(queue.toKey('prioritized'), '0', String(LOOKED_AT - 1));
  const ids = [...returned.reverse(), ...prioritized];
  const data = await Promise.all(ids.map((id) => redis.hget(queue.toKey(id), 'data')));
  return ids.find((_, index) => {
    const tenantId = readTenant(data[index] ?? '');
    return tenantId !== undefined && !tenantIds.has(tenantId);
  });
}

function readTenant(data: string): string | undefined {
  try {
    const message: unknown = JSON.parse(data);
    return isRecord(message) && typeof message.tenantId === 'string' ? message.tenantId : undefined;
  } catch {
    return undefined;
  }
}
