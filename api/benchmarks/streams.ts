import { setTimeout as delay } from 'node:timers/promises';
import { decodeJwt } from 'jose';
import { eventually } from '../tests/support/processes.ts';
import { query } from '../tests/support/servers.ts';
import { type Measured, measureInTurn, percentile, printTable } from './comparison.ts';
import { HttpConnection, requestText } from './http-connection.ts';
import { collectGarbage, cpuMicroseconds, MostMemory } from './programs.ts';
import { type BenchmarkedApi, makeTokens } from './tenants.ts';
import { ID, openStream, openUnread, SteadySubmits } from './stream-clients.ts';

const STREAMS = 1_000;
/** The default of STREAMS_PER_ACCOUNT. */
const STREAMS_AN_ACCOUNT = 100;
const CHANGES_PER_SECOND = 100;
const READERS = 16;
/** Longer than until the API collects the garbage of its start (src/garbage.ts). */
const WARM_UP_SECONDS = 4;
const SECONDS = 4;
const SETTLE_MS = 1_000;
/** The streams of one tenant have the same events: those of some are read. */
const ONE_OF = 50;
const JOBS = 100;
const UNREAD = 20;

/** What many open streams take from reads and submits, and how late their events are. Each submit is a change. */
export async function measureStreams(api: BenchmarkedApi): Promise<void> {
  const many = await makeTokens(api, STREAMS, 1);
  const accounts = await makeTokens(api, 1, STREAMS / STREAMS_AN_ACCOUNT);
  const one = Array.from({ length: STREAMS_AN_ACCOUNT }, () => accounts).flat();
  const rounds = await measureInTurn({
    'no stream': () => measure(api, [], many),
    'of one tenant': () => measure(api, one, one),
    'of as many tenants': () => measure(api, many, many),
  });
  printTable(`${STREAMS} streams, ${CHANGES_PER_SECOND} changes a second`, rounds, [
    ['of one tenant', 'no stream'],
    ['of as many tenants', 'no stream'],
  ]);
}

/** What lists that nobody reads, and streams, take of memory as they open on jobs of any size. */
export async function measureOpening(api: BenchmarkedApi): Promise<void> {
  const rounds = await measureInTurn({
    'payloads of 50 B': () => measureUnread(api, 50),
    'payloads of 50 KB': () => measureUnread(api, 50_000),
  });
  printTable(`${UNREAD} streams and ${UNREAD} unread lists open on ${JOBS} jobs`, rounds, [
    ['payloads of 50 KB', 'payloads of 50 B'],
  ]);
}

async function measure(
  { start, database }: BenchmarkedApi,
  followers: string[],
  submitters: string[],
): Promise<Measured> {
  await query(database.port, database.name, "UPDATE jobs SET status = 'succeeded' WHERE status = 'queued'");
  const { port, program, inspectorPort } = await start();
  const late: number[] = [];
  const sentAt = new Map<number, number>();
  const onJob = (limit: string): void => {
    const sent = sentAt.get(Number(limit));
    if (sent !== undefined) late.push(performance.now() - sent);
  };
  const reads = (seconds: number): Promise<number> => readsPerSecond(port, submitters, seconds);
  const memory = new MostMemory(program);
  const megabytesHeld = async (): Promise<number> => {
    await collectGarbage(inspectorPort);
    return new MostMemory(program).stop();
  };
  await reads(WARM_UP_SECONDS);
  const heldBefore = await megabytesHeld();
  await reads(WARM_UP_SECONDS);
  const before = new MostMemory(program).stop();
  const isOneTenant = followers.includes(followers[0] ?? '', 1);
  const streams = followers.map((token, index) =>
    openStream(port, token, !isOneTenant || index % ONE_OF === 0 ? onJob : undefined),
  );
  await eventually(() => streams.every(({ isOpen }) => isOpen()));
  await delay(SETTLE_MS);
  const opened = new MostMemory(program).stop();
  const held = await megabytesHeld();
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
    'KB held by a stream': kilobytesEach(held - heldBefore, followers),
    'with garbage': kilobytesEach(opened - before, followers),
    'most MB': megabytes,
  };
}

function kilobytesEach(megabytes: number, followers: readonly string[]): number {
  return followers.length > 0 ? (megabytes * 1024) / followers.length : NaN;
}

/** By all of them in turn: their tokens are known before their streams open. */
async function readsPerSecond(port: number, tokens: readonly string[], seconds: number): Promise<number> {
  const requests = tokens.map((token) =>
    requestText('GET /api/v1/usage', { Authorization: `Bearer ${token}` }),
  );
  const end = performance.now() + seconds * 1_000;
  let answers = 0;
  const read = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    while (performance.now() < end) await connection.send(requests[answers++ % requests.length] ?? '');
    connection.close();
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return answers / seconds;
}

async function measureUnread(api: BenchmarkedApi, payloadBytes: number): Promise<Measured> {
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
  await readsPerSecond(port, [token], WARM_UP_SECONDS);
  const before = new MostMemory(program).stop();
  const memory = new MostMemory(program);
  let events = 0;
  const onEvent = (): void => {
    events += 1;
  };
  const streams = Array.from({ length: UNREAD }, () => openStream(port, token, onEvent, ID));
  const lists = Array.from({ length: UNREAD }, () => openUnread(port, token, `/api/v1/jobs?limit=${JOBS}`));
  await eventually(() => events >= UNREAD * JOBS);
  await delay(SETTLE_MS);
  const most = memory.stop();
  for (const { close } of [...streams, ...lists]) close();
  await program.stop();
  return { 'MB before': before, 'most MB': most, 'MB more': most - before };
}
