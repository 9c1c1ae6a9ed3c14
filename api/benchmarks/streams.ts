import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { AccessTokens } from '../src/accounts/access-tokens.ts';
import type { SigningKey } from '../src/config.ts';
import { eventually } from '../tests/support/processes.ts';
import { query } from '../tests/support/servers.ts';
import { type Measured, measureInTurn, percentile, printTable } from './comparison.ts';
import { HttpConnection, requestText } from './http-connection.ts';
import { cpuMicroseconds, MostMemory, type Served } from './programs.ts';
import { ID, openStream, openUnread, SteadySubmits } from './stream-clients.ts';

const STREAMS = 1_000;
/** The default of STREAMS_PER_ACCOUNT. */
const STREAMS_AN_ACCOUNT = 100;
const CHANGES_PER_SECOND = 100;
const READERS = 16;
const WARM_UP_SECONDS = 2;
const SECONDS = 4;
/** The streams of one tenant have the same events: those of some are read. */
const ONE_OF = 50;
const JOBS = 100;
const UNREAD = 20;

export interface StreamsApi {
  /** A new process of the API: what an earlier measurement took is no memory of the next. */
  start: () => Promise<Served>;
  database: { port: number; name: string };
  signingKey: SigningKey;
  /** Of any account: its session is that of all tokens. */
  accessToken: string;
}

/** What many open streams take from reads and submits, and how late their events are. Each submit is a change. */
export async function measureStreams(api: StreamsApi): Promise<void> {
  const many = await makeTokens(api, STREAMS, 1);
  const accounts = await makeTokens(api, 1, STREAMS / STREAMS_AN_ACCOUNT);
  const one = Array.from({ length: STREAMS_AN_ACCOUNT }, () => accounts).flat();
  let withoutMegabytes = 0;
  const follow = async (followers: string[]): Promise<Measured> => {
    const measured = await measure(api, followers, followers);
    return { ...measured, 'KB a stream': ((measured['most MB'] ?? 0) - withoutMegabytes) * (1024 / STREAMS) };
  };
  const rounds = await measureInTurn({
    'no stream': async () => {
      const measured = await measure(api, [], many);
      withoutMegabytes = measured['most MB'] ?? 0;
      return { ...measured, 'KB a stream': NaN };
    },
    'of one tenant': () => follow(one),
    'of as many tenants': () => follow(many),
  });
  printTable(`${STREAMS} streams, ${CHANGES_PER_SECOND} changes a second`, rounds, [
    ['of one tenant', 'no stream'],
    ['of as many tenants', 'no stream'],
  ]);
}

/** What lists that nobody reads, and streams, take of memory as they open on jobs of any size. */
export async function measureOpening(api: StreamsApi): Promise<void> {
  const rounds = await measureInTurn({
    'payloads of 50 B': () => measureUnread(api, 50),
    'payloads of 50 KB': () => measureUnread(api, 50_000),
  });
  printTable(`${UNREAD} streams and ${UNREAD} unread lists open on ${JOBS} jobs`, rounds, [
    ['payloads of 50 KB', 'payloads of 50 B'],
  ]);
}

/** The access tokens of this many accounts of each of these tenants. */
async function makeTokens(
  { database, signingKey, accessToken }: StreamsApi,
  tenants: number,
  accountsEach: number,
): Promise<string[]> {
  const tenantIds = Array.from({ length: tenants }, () => randomUUID());
  await query(
    database.port,
    database.name,
    "INSERT INTO tenants (id, name) SELECT id, 'Benchmark' FROM unnest($1::uuid[]) AS tenant (id)",
    [tenantIds],
  );
  const tokens = new AccessTokens([signingKey]);
  const { sid } = decodeJwt(accessToken);
  const owners = tenantIds.flatMap((id) => Array<string>(accountsEach).fill(id));
  return Promise.all(owners.map((tenantId) => tokens.issue({ userId: randomUUID(), tenantId }, String(sid))));
}

async function measure(
  { start, database }: StreamsApi,
  followers: string[],
  submitters: string[],
): Promise<Measured> {
  await query(database.port, database.name, "UPDATE jobs SET status = 'succeeded' WHERE status = 'queued'");
  const { port, program } = await start();
  const late: number[] = [];
  const sentAt = new Map<number, number>();
  const onJob = (limit: string): void => {
    const sent = sentAt.get(Number(limit));
    if (sent !== undefined) late.push(performance.now() - sent);
  };
  const reads = (seconds: number): Promise<number> => readsPerSecond(port, submitters[0] ?? '', seconds);
  const memory = new MostMemory(program);
  await reads(WARM_UP_SECONDS);
  const isOneTenant = followers.includes(followers[0] ?? '', 1);
  const streams = followers.map((token, index) =>
    openStream(port, token, !isOneTenant || index % ONE_OF === 0 ? onJob : undefined),
  );
  await eventually(() => streams.every(({ isOpen }) => isOpen()));
  const submits = new SteadySubmits(port, submitters, CHANGES_PER_SECOND, sentAt);
  await reads(WARM_UP_SECONDS);
  late.length = 0;
  const [acceptedBefore, cpuBefore] = [submits.accepted, cpuMicroseconds(program.pid)];
  const perSecond = await reads(SECONDS);
  const cpu = (cpuMicroseconds(program.pid) - cpuBefore) / (SECONDS * 10_000);
  const accepted = submits.accepted - acceptedBefore;
  await submits.stop();
  for (const { close } of streams) close();
  const megabytes = memory.stop();
  await program.stop();
  return {
    'reads/s': perSecond,
    'submits/s': accepted / SECONDS,
    'failed submits': submits.failed,
    'event p50 ms': percentile(late, 0.5),
    'event p99 ms': percentile(late, 0.99),
    'CPU %': cpu,
    'most MB': megabytes,
  };
}

async function readsPerSecond(port: number, token: string, seconds: number): Promise<number> {
  const request = requestText('GET /api/v1/usage', { Authorization: `Bearer ${token}` });
  const end = performance.now() + seconds * 1_000;
  let answers = 0;
  const read = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    for (; performance.now() < end; answers++) await connection.send(request);
    connection.close();
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return answers / seconds;
}

async function measureUnread(api: StreamsApi, payloadBytes: number): Promise<Measured> {
  const [token = ''] = await makeTokens(api, 1, 1);
  const { tid } = decodeJwt(token);
  await query(
    api.database.port,
    api.database.name,
    `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
     SELECT gen_random_uuid(), $1, number, '', 'text.statistics', jsonb_build_object('text', repeat('word ', $2::int / 5))
     FROM generate_series(1, $3::int) AS number`,
    [tid, payloadBytes, JOBS],
  );
  const { port, program } = await api.start();
  await readsPerSecond(port, token, WARM_UP_SECONDS);
  const before = new MostMemory(program).stop();
  const memory = new MostMemory(program);
  let events = 0;
  const onEvent = (): void => {
    events += 1;
  };
  const streams = Array.from({ length: UNREAD }, () => openStream(port, token, onEvent, ID));
  const lists = Array.from({ length: UNREAD }, () => openUnread(port, token, `/api/v1/jobs?limit=${JOBS}`));
  await eventually(() => events >= UNREAD * JOBS);
  await delay(1_000);
  const most = memory.stop();
  for (const { close } of [...streams, ...lists]) close();
  await program.stop();
  return { 'MB before': before, 'most MB': most, 'MB more': most - before };
}
