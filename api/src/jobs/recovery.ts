import type { Database } from '../stores/database.ts';
import type { JobQueue } from './job-queue.ts';
import type { Logger } from '../observability/logger.ts';
import { addToOutbox } from '../stores/outbox.ts';
import { repeat } from '../timers.ts';
import { newTraceparent } from '../observability/tracing.ts';

const PERIOD_MS = 60_000;
const MINUTES = 2;
const BATCH = 500;
const LOCK = 7_240_003;

interface Row {
  id: string;
  tenantId: string;
  kind: string;
}

/** A failover of Redis can lose confirmed writes. Unfinished jobs that are not in the queue are added again. */
export function recoverLostJobs(
  database: Database,
  queue: JobQueue,
  logger: Logger,
): { stop(): Promise<void> } {
  return repeat(PERIOD_MS, async () => {
    try {
      const count = await requeueLostJobs(database, queue, MINUTES);
      if (count > 0) logger.warn({ count }, 'lost jobs requeued');
    } catch (error) {
      logger.warn({ err: error }, 'lost job check failed');
    }
  });
}

export async function requeueLostJobs(database: Database, queue: JobQueue, minutes: number): Promise<number> {
  return database.transaction(async (transaction) => {
    const [lock] = await transaction.query<{ held: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1) AS held',
      [LOCK],
    );
    if (!lock?.held) return 0;
    const rows = await transaction.query<Row>(
      `SELECT id, tenant_id AS "tenantId", kind FROM jobs
       WHERE status IN ('queued', 'running') AND created_at < now() - make_interval(mins => $1)
         AND NOT EXISTS (SELECT FROM outbox WHERE destination = 'queue:jobs' AND message ->> 'jobId' = jobs.id::text)
       ORDER BY created_at LIMIT ${BATCH}`,
      [minutes],
    );
    const missing = new Set(rows.length > 0 ? await queue.missing(rows.map((row) => row.id)) : []);
    const lost = rows.filter((row) => missing.has(row.id));
    for (const { id, tenantId, kind } of lost) {
      await addToOutbox(transaction, 'queue:jobs', {
        jobId: id,
        tenantId,
        kind,
        requestId: id,
        traceparent: newTraceparent(),
      });
    }
    return lost.length;
  });
}
