import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { eventually } from '../tests/support/processes.ts';
import { type Measured, measureInTurn, median, printTable } from './comparison.ts';
import { requestText } from './http-connection.ts';
import { CONDITIONS, load, loadHttp, type Server } from './load.ts';
import { submitStatement } from './statements.ts';

const JOB = { kind: 'number.primes', payload: { limit: 100 } };

/**
 * What the API takes beside the same statement without its duties, into a database whose outbox is not relayed.
 * PostgreSQL runs without fsync, so nothing of the ratio is the disk's.
 */
export async function measureSubmissions(
  servers: { peer: Server; api: Server },
  pools: { peer: Pool; api: Pool },
  { accessToken, tenantId }: { accessToken: string; tenantId: string },
): Promise<void> {
  const relayMs: number[] = [];
  const submit = async (): Promise<Measured> => {
    const measured = await loadHttp(servers.api, () => submission(accessToken));
    relayMs.push(await untilRelayed(pools.api));
    return measured;
  };
  const rounds = await measureInTurn({
    statement: () => load(() => pools.peer.query(submitStatement(tenantId, randomUUID(), JOB))),
    peer: () => loadHttp(servers.peer, () => submission(accessToken)),
    API: submit,
  });
  printTable(`POST /api/v1/jobs, ${CONDITIONS}`, rounds, [
    ['API', 'peer'],
    ['API', 'statement'],
  ]);
  console.log(`\nAll jobs are in the queue ${median(relayMs).toFixed(0)} ms after the last answer.`);
}

function submission(accessToken: string): string {
  const headers = {
    Authorization: `Bearer ${accessToken}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  };
  return requestText('POST /api/v1/jobs', headers, JSON.stringify(JOB));
}

async function untilRelayed(pool: Pool): Promise<number> {
  const start = performance.now();
  await eventually(async () => (await pool.query('SELECT FROM outbox LIMIT 1')).rowCount === 0);
  return performance.now() - start;
}
