import type { Client } from 'pg';

const BATCH = 1_000;

/** One statement, so one transaction, and short: nobody waits for it. A failed job stays, for it may be replayed. */
const DELETE_SOME = `
  WITH old AS (
    SELECT id FROM jobs WHERE status = 'succeeded' AND finished_at < now() - make_interval(days => $1)
    ORDER BY finished_at LIMIT $2
  ), effects AS (
    DELETE FROM job_effects USING old WHERE job_effects.job_id = old.id
  )
  DELETE FROM jobs USING old WHERE jobs.id = old.id`;

/** Deletes the jobs that succeeded more than so many days ago, and returns their number. Usage is counted elsewhere. */
export async function deleteOldJobs(client: Client, days: number, batch = BATCH): Promise<number> {
  for (let deleted = 0; ;) {
    const { rowCount } = await client.query(DELETE_SOME, [days, batch]);
    deleted += rowCount ?? 0;
    if ((rowCount ?? 0) < batch) return deleted;
  }
}
