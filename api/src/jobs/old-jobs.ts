import type { Client } from 'pg';

const BATCH = 1_000;
const ENDED = ['succeeded', 'failed', 'cancelled'] as const;

/** One statement, so one transaction, and short: nobody waits for it. Each status has an index of its own. */
const deleteSome = (status: (typeof ENDED)[number]): string => `
  WITH old AS (
    SELECT id FROM jobs WHERE status = '${status}' AND finished_at < now() - make_interval(days => $1)
    ORDER BY finished_at LIMIT $2
  ), effects AS (
    DELETE FROM job_effects USING old WHERE job_effects.job_id = old.id
  )
  DELETE FROM jobs USING old WHERE jobs.id = old.id`;

/**
 * Deletes the jobs that ended more than so many days ago, and returns their number. Usage is counted elsewhere. A failed job
 * can be replayed until then.
 */
export async function deleteOldJobs(client: Client, days: number, batch = BATCH): Promise<number> {
  let deleted = 0;
  for (const statement of ENDED.map(deleteSome)) {
    let count: number;
    do {
      count = (await client.query(statement, [days, batch])).rowCount ?? 0;
      deleted += count;
    } while (count === batch);
  }
  return deleted;
}
