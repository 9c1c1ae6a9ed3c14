import type { Pool } from 'pg';
import { measureInTurn, printTable } from './comparison.ts';
import { requestText } from './http-connection.ts';
import { CONDITIONS, load, loadHttp, type Server } from './load.ts';
import { usageStatement } from './statements.ts';

/** What the API takes beside the same read without its duties, and what the gateway adds. */
export async function measureReads(
  servers: { peer: Server; api: Server; gateway: Server; bareGateway: Server },
  pool: Pool,
  { accessToken, tenantId }: { accessToken: string; tenantId: string },
): Promise<void> {
  const request = requestText('GET /api/v1/usage', { Authorization: `Bearer ${accessToken}` });
  const rounds = await measureInTurn({
    statement: () => load(() => pool.query(usageStatement(tenantId))),
    peer: () => loadHttp(servers.peer, () => request),
    API: () => loadHttp(servers.api, () => request),
    'API behind gateway': () => loadHttp(servers.gateway, () => request),
    'API behind bare Nginx': () => loadHttp(servers.bareGateway, () => request),
  });
  printTable(`GET /api/v1/usage, ${CONDITIONS}`, rounds, [
    ['API', 'peer'],
    ['API', 'statement'],
    ['API behind gateway', 'API behind bare Nginx'],
  ]);
}
