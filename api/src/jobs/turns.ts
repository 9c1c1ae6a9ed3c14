import type { Redis } from 'ioredis';

/**
 * Fair queueing: a job's BullMQ priority is the number of its turn. A tenant has one job a turn, so its n-th waiting job
 * comes after at most n of each other tenant, and a tenant's jobs keep their order. A tenant that had none waiting begins
 * at the present turn, the lowest of the jobs that wait. Turn 1 is for jobs that have had theirs: the worker gives it to a
 * job that it returns.
 *
 * BullMQ's score is priority × 2^32 + a counter, its highest priority 2^21 (bullmq 6.7.0, scripts/addPrioritizedJob-9 and
 * classes/job): all turns move down before they could get there. That is once in a million turns without an empty queue.
 */
const TAKE_TURNS = `
  local waiting, last = KEYS[1], KEYS[2]
  local unit, first, highest = 0x100000000, 2, 1000000
  local now = redis.call('ZRANGEBYSCORE', waiting, first * unit, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
  if now then
    now = math.floor(now / unit)
  else
    now = first
    redis.call('DEL', last)
  end
  if now > highest then
    local shift = now - first
    local jobs = redis.call('ZRANGEBYSCORE', waiting, now * unit, '+inf', 'WITHSCORES')
    for index = 1, #jobs, 2 do
      redis.call('ZADD', waiting, string.format('%.0f', jobs[index + 1] - shift * unit), jobs[index])
    end
    for _, tenant in ipairs(redis.call('HKEYS', last)) do redis.call('HINCRBY', last, tenant, -shift) end
    now = first
  end
  local turns = {}
  for index, tenant in ipairs(ARGV) do
    local turn = math.max(now, tonumber(redis.call('HGET', last, tenant) or 0) + 1)
    redis.call('HSET', last, tenant, turn)
    turns[index] = turn
  end
  return turns`;

/** The turns of jobs of these tenants, in the order in which they came. */
export async function takeTurns(
  redis: Redis,
  waitingKey: string,
  tenantIds: readonly string[],
): Promise<number[]> {
  return (await redis.eval(TAKE_TURNS, 2, waitingKey, `${waitingKey}:turns`, ...tenantIds)) as number[];
}
