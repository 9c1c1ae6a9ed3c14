/** What the worker's work takes by itself: BullMQ whose job runs the same two statements, prepared. */
import { Worker } from 'bullmq';
import { Pool } from 'pg';

const { QUEUE = '', REDIS_PORT, POSTGRES_PORT, DATABASE, DATABASE_USER, WORKER_CONCURRENCY } = process.env;

const START = `
  UPDATE jobs
  SET status = 'running', attempts = $3, progress = 0, error = NULL, finished_at = NULL,
      started_at = coalesce(started_at, now())
  WHERE id = $1 AND tenant_id = $2 AND status <> 'succeeded'
  RETURNING kind, payload`;
const FINISH = `
  WITH effect AS (
    INSERT INTO job_effects (job_id, tenant_id, units) VALUES ($1, $2, $3)
    ON CONFLICT (job_id) DO NOTHING
    RETURNING job_id, tenant_id, units
  ), usage AS (
    INSERT INTO tenant_usage (tenant_id, jobs, units) SELECT tenant_id, 1, units FROM effect
    ON CONFLICT (tenant_id) DO UPDATE
    SET jobs = tenant_usage.jobs + 1, units = tenant_usage.units + excluded.units
  ), changed AS (
    UPDATE jobs SET status = 'succeeded', progress = 100, result = $4, error = NULL, finished_at = now()
    FROM effect WHERE jobs.id = effect.job_id
  )
  SELECT job_id FROM effect`;

const pool = new Pool({
  host: '127.0.0.1',
  port: Number(POSTGRES_PORT),
  database: DATABASE,
  user: DATABASE_USER,
  max: 10,
});

new Worker<{ jobId: string; tenantId: string }>(
  QUEUE,
  async ({ data: { jobId, tenantId } }) => {
    await pool.query({ name: 'start', text: START, values: [jobId, tenantId, 1] });
    const result = JSON.stringify({ count: 25, largest: 97 });
    await pool.query({ name: 'finish', text: FINISH, values: [jobId, tenantId, 1, result] });
  },
  {
    connection: { host: '127.0.0.1', port: Number(REDIS_PORT), maxRetriesPerRequest: null },
    concurrency: Number(WORKER_CONCURRENCY),
  },
);
