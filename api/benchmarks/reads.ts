import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { AccessTokens } from '../src/accounts/access-tokens.ts';
import type { SigningKey } from '../src/config.ts';
import { measureInTurn, median, printTable, type Round } from './comparison.ts';
import { requestText } from './http-connection.ts';
import { AT_A_TIME, CONDITIONS, load, loadHttp, loadOpenly, type Server } from './load.ts';
import { usageStatement } from './statements.ts';

/**
 * What the API takes beside the same read without its duties, and what the gateway adds. Each connection is of a tenant of
 * its own: no read is another's.
 */
export async function measureReads(
  servers: { peer: Server; api: Server; gateway: Server; bareGateway: Server },
  pool: Pool,
  signingKey: SigningKey,
): Promise<void> {
  const requests = await Promise.all(Array.from({ length: AT_A_TIME }, () => readOfTenant(signingKey)));
  const request = (connection: number): string => requests[connection] ?? '';
  const rounds = await measureInTurn({
    statement: () => load(() => pool.query(usageStatement(randomUUID()))),
    peer: () => loadHttp(servers.peer, request),
    API: () => loadHttp(servers.api, request),
    'API behind gateway': () => loadHttp(servers.gateway, request),
    'API behind bare Nginx': () => loadHttp(servers.bareGateway, request),
  });
  printTable(`GET /api/v1/usage, ${CONDITIONS}`, rounds, [
    ['API', 'peer'],
    ['API', 'statement'],
    ['API behind gateway', 'API behind bare Nginx'],
  ]);
  const half = await measureInTurn({
    peer: () => loadOpenly(servers.peer, request, ratePerSecond(rounds, 'peer') / 2),
    API: () => loadOpenly(servers.api, request, ratePerSecond(rounds, 'API') / 2),
  });
  printTable('GET /api/v1/usage, at half of the rate above, whatever is answered', half, []);
}

async function readOfTenant(key: SigningKey): Promise<string> {
  const account = { userId: randomUUID(), tenantId: randomUUID() };
  const token = await new AccessTokens([key]).issue(account, randomUUID());
  return requestText('GET /api/v1/usage', { Authorization: `Bearer ${token}` });
}

function ratePerSecond(rounds: readonly Round[], name: string): number {
  return median(rounds.map((round) => round[name]?.['per second'] ?? NaN));
}
