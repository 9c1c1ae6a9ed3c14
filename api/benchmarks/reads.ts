import { measureInTurn, printTable } from './comparison.ts';
import { requestText } from './http-connection.ts';
import { CONDITIONS, loadHttp } from './load.ts';

/** What the API adds to a route of Fastify, and what the gateway adds to the API. */
export async function measureReads(
  ports: { bare: number; api: number; gateway: number },
  accessToken: string,
): Promise<void> {
  const request = requestText('GET /api/v1/usage', { Authorization: `Bearer ${accessToken}` });
  const rounds = await measureInTurn({
    'bare route': () => loadHttp(ports.bare, () => request),
    API: () => loadHttp(ports.api, () => request),
    'API behind gateway': () => loadHttp(ports.gateway, () => request),
  });
  printTable(`GET /api/v1/usage, ${CONDITIONS}`, rounds, [
    ['API', 'bare route'],
    ['API behind gateway', 'bare route'],
    ['API behind gateway', 'API'],
  ]);
}
