import type { Pool } from 'pg';
import { measureInTurn, printTable } from './comparison.ts';
import { requestText } from './http-connection.ts';
import { CONDITIONS, load, loadHttp } from './load.ts';
import { usageStatement } from './statements.ts';

/** What the API takes beside the same read without its duties, and what the gateway adds. */
export async function measureReads(
  ports: { peer: number; api: number; gateway: number },
  pool: Pool,
  { accessToken, tenantId }: { accessToken: string; tenantId: string },
): Promise<void> {
  const request = requestText('GET /api/v1/usage', { Authorization: `Bearer ${accessToken}` });
  const rounds = await measureInTurn({
    statement: () => load(() => pool.query(usageStatement(tenantId))),
    peer: () => loadHttp(ports.peer, () => request),
    API: () => loadHttp(ports.api, () => request),
    'API behind gateway': () => loadHttp(ports.gateway, () => request),
  });
  printTable(`GET /api/v1/usage, ${CONDITIONS}`, rounds, [
    ['API', 'peer'],
    ['API', 'statement'],
    ['API behind gateway', 'API'],
  ]);
}
