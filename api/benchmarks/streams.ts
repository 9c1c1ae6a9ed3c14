import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { AccessTokens } from '../src/accounts/access-tokens.ts';
import type { SigningKey } from '../src/config.ts';
import { eventually } from '../tests/support/processes.ts';
import { query } from '../tests/support/servers.ts';
import { type Measured, measureInTurn, percentile, printTable } from './comparison.ts';
import { HttpConnection, requestText } from './http-connection.ts';
import { openStream, SteadySubmits } from './stream-clients.ts';

const STREAMS = 1_000;
const CHANGES_PER_SECOND = 100;
const READERS = 16;
const SECONDS = 4;
/** The streams of one tenant have the same events: those of some are read. */
const ONE_OF = 50;

interface StreamsApi {
  port: number;
  pid: number;
  database: { port: number; name: string };
  signingKey: SigningKey;
  /** Of any account: its session is that of all tokens. */
  accessToken: string;
}

/** What many open streams take from reads and submits, and how late their events are. Each submit is a change. */
export async function measureStreams(api: StreamsApi): Promise<void> {
  const tokens = await makeTenants(api);
  const [token = ''] = tokens;
  const rounds = await measureInTurn({
    'no stream': () => measure(api, [], tokens),
    'of one tenant': () => measure(api, Array<string>(STREAMS).fill(token), [token]),
    'of as many tenants': () => measure(api, tokens, tokens),
  });
  printTable(`${STREAMS} streams, ${CHANGES_PER_SECOND} changes a second`, rounds, [
    ['of one tenant', 'no stream'],
    ['of as many tenants', 'no stream'],
  ]);
}

/** The access token of an account of each. */
async function makeTenants({ database, signingKey, accessToken }: StreamsApi): Promise<string[]> {
  const accounts = Array.from({ length: STREAMS }, () => ({ userId: randomUUID(), tenantId: randomUUID() }));
  await query(
    database.port,
    database.name,
    "INSERT INTO tenants (id, name) SELECT id, 'Benchmark' FROM unnest($1::uuid[]) AS tenant (id)",
    [accounts.map(({ tenantId }) => tenantId)],
  );
  const tokens = new AccessTokens([signingKey]);
  const { sid } = decodeJwt(accessToken);
  return Promise.all(accounts.map((account) => tokens.issue(account, String(sid))));
}

async function measure(api: StreamsApi, followers: string[], submitters: string[]): Promise<Measured> {
  const { port, pid, database } = api;
  await query(database.port, database.name, "UPDATE jobs SET status = 'succeeded' WHERE status = 'queued'");
  const before = residentKilobytes(pid);
  const late: number[] = [];
  const sentAt = new Map<number, number>();
  const onJob = (limit: number): void => {
    const sent = sentAt.get(limit);
    if (sent !== undefined) late.push(performance.now() - sent);
  };
  const streams = followers.map((token, index) =>
    openStream(port, token, submitters.length > 1 || index % ONE_OF === 0 ? onJob : undefined),
  );
  await eventually(() => streams.every(({ isOpen }) => isOpen()));
  const submits = new SteadySubmits(port, submitters, CHANGES_PER_SECOND, sentAt);
  const reads = await readsPerSecond(port, submitters[0] ?? '');
  await submits.stop();
  await delay(1_000);
  const kilobytes = residentKilobytes(pid) - before;
  for (const { close } of streams) close();
  return {
    'reads/s': reads,
    'submits/s': submits.accepted / SECONDS,
    'failed submits': submits.failed,
    'event p50 ms': percentile(late, 0.5),
    'event p99 ms': percentile(late, 0.99),
    'KB a stream': kilobytes / followers.length,
  };
}

async function readsPerSecond(port: number, token: string): Promise<number> {
  const request = requestText('GET /api/v1/usage', { Authorization: `Bearer ${token}` });
  const end = performance.now() + SECONDS * 1_000;
  let answers = 0;
  const read = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    for (; performance.now() < end; answers++) await connection.send(request);
    connection.close();
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return answers / SECONDS;
}

function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
