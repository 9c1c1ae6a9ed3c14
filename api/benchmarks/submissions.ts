import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { eventually } from '../tests/support/processes.ts';
import { POSTGRES_USER } from '../tests/support/servers.ts';
import { type Measured, measureInTurn, median, printTable } from './comparison.ts';
import { requestText } from './http-connection.ts';
import { CONDITIONS, load, loadHttp } from './load.ts';

/** The default of DATABASE_POOL_SIZE. */
const POOL_SIZE = 10;
const JOB = { kind: 'number.primes', payload: { limit: 100 } };

/** One statement, so one transaction, as in the API. */
const INSERT = `
  WITH job AS (
    INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
    VALUES ($1, $2, $3, $4, $5, $6)
  )
  INSERT INTO outbox (destination, message) VALUES ('queue:jobs', $7)`;

/**
 * What the API adds to the database's own inserts, into a database whose outbox is not relayed. The database
 * runs without fsync, so nothing of the ratio is the disk's.
 */
export async function measureSubmissions(
  api: { port: number; accessToken: string },
  postgresPort: number,
  databases: { api: string; inserts: string },
): Promise<void> {
  const apiPool = connect(postgresPort, databases.api);
  const insertPool = connect(postgresPort, databases.inserts);
  const tenantId = await addTenant(insertPool);
  const relayMs: number[] = [];
  const submit = async (): Promise<Measured> => {
    const measured = await loadHttp(api.port, () => submission(api.accessToken));
    relayMs.push(await untilRelayed(apiPool));
    return measured;
  };
  const rounds = await measureInTurn({
    inserts: () => load(() => insertPool.query(INSERT, values(tenantId))),
    API: submit,
  });
  printTable(`POST /api/v1/jobs, ${CONDITIONS}`, rounds, [['API', 'inserts']]);
  console.log(`  All jobs are in the queue ${median(relayMs).toFixed(0)} ms after the last answer.`);
  await Promise.all([apiPool.end(), insertPool.end()]);
}

function connect(port: number, database: string): Pool {
  return new Pool({
    host: '127.0.0.1',
    port,
    database,
    user: POSTGRES_USER,
    password: 'any',
    max: POOL_SIZE,
  });
}

async function addTenant(pool: Pool): Promise<string> {
  const id = randomUUID();
  await pool.query("INSERT INTO tenants (id, name) VALUES ($1, 'Benchmark')", [id]);
  return id;
}

function submission(accessToken: string): string {
  const headers = {
    Authorization: `Bearer ${accessToken}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  };
  return requestText('POST /api/v1/jobs', headers, JSON.stringify(JOB));
}

function values(tenantId: string): unknown[] {
  const [jobId, requestId] = [randomUUID(), randomUUID()];
  const traceparent = `00-${'1'.repeat(32)}-${'1'.repeat(16)}-01`;
  const message = { jobId, tenantId, kind: JOB.kind, requestId, traceparent };
  return [jobId, tenantId, randomUUID(), 'f'.repeat(64), JOB.kind, JOB.payload, message];
}

async function untilRelayed(pool: Pool): Promise<number> {
  const start = performance.now();
  await eventually(async () => (await pool.query('SELECT FROM outbox LIMIT 1')).rowCount === 0);
  return performance.now() - start;
}
