import { createHash, randomUUID } from 'node:crypto';
import type { QueryConfig } from 'pg';

export interface SubmittedJob {
  kind: string;
  payload: object;
}

/** As `api/src/accounts/usage.ts` reads it, for one tenant. */
export function usageStatement(tenantId: string): QueryConfig {
  return {
    name: 'usage',
    text: `
      SELECT tenant_id AS "tenantId", sum(jobs) AS jobs, sum(units) AS units FROM (
        SELECT tenant_id, jobs, units FROM tenant_usage WHERE tenant_id = $1
        UNION ALL SELECT tenant_id, jobs, units FROM tenant_usage_shards WHERE tenant_id = $1
      ) AS parts GROUP BY tenant_id`,
    values: [tenantId],
  };
}

/** One statement, so one transaction: the job and its message. */
export function submitStatement(tenantId: string, idempotencyKey: string, job: SubmittedJob): QueryConfig {
  const { kind, payload } = job;
  const id = randomUUID();
  const hash = createHash('sha256')
    .update(JSON.stringify([kind, payload]))
    .digest('hex');
  const traceparent = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`;
  const message = { jobId: id, tenantId, kind, requestId: randomUUID(), traceparent };
  return {
    name: 'submit',
    text: `
      WITH job AS (
        INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
        RETURNING *
      ), message AS (
        INSERT INTO outbox (destination, message) SELECT 'queue:jobs', $7::jsonb FROM job
      )
      SELECT id, kind, payload, status, progress, attempts, result, error,
        created_at AS "createdAt", started_at AS "startedAt", finished_at AS "finishedAt" FROM job`,
    values: [id, tenantId, idempotencyKey, hash, kind, payload, message],
  };
}
