import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { query } from '../tests/support/servers.ts';
import { median, percentile } from './comparison.ts';
import { HttpConnection, requestText } from './http-connection.ts';
import { MostMemory } from './programs.ts';
import { type BenchmarkedApi, makeTokens } from './tenants.ts';

const TENANTS = 1_000;
const AT_A_TIME = 100;
/** Who wait for an answer at one time, at most. Without a bound the machine that all share spends itself on their connections. */
const CLIENTS = 1_000;
const CAPACITY_SECONDS = 5;
const GROWS = 1.1;
const TIMES = 3;
const TICK_MS = 10;
/** A shorter look: `node benchmarks/main.ts overload 20`. */
const SECONDS = Number(process.argv[3] ?? 60);
const NORMAL_MS = 10_000;
const PROBES = 20;
/** Without another job that ends, those that are left are lost. */
const STUCK_MS = 60_000;
const TIMED_OUT_MS = 30_000;

interface Outcomes {
  statuses: Map<string, number>;
  /** The ids of the jobs that were accepted. */
  accepted: string[];
  acceptedMs: number[];
}

/**
 * Three times as many submits as the API can take, sent at a steady rate whatever its answers take, as long as not all clients
 * wait, by accounts of as many tenants, with a worker. Fails when a job that was accepted does not end.
 */
export async function measureOverload(api: BenchmarkedApi): Promise<void> {
  const tokens = await makeTokens(api, TENANTS, 1);
  const { port, program } = await api.start();
  const capacity = await measureCapacity(port, tokens);
  const before = await probe(port, tokens);
  const rest = new MostMemory(program).stop();
  const memory = new MostMemory(program);
  const outcomes = await overload(port, tokens, TIMES * capacity);
  const end = performance.now();
  const most = memory.stop();
  const normalMs = await untilNormal(port, tokens, before, end);
  await delay(Math.max(0, end + NORMAL_MS - performance.now()));
  const after = new MostMemory(program).stop();
  const lost = await countLost(api, outcomes.accepted);

  console.log(
    `\nOverload: ${TIMES} times the capacity of ${capacity.toFixed(0)} submits/s for ${SECONDS} s\n`,
  );
  const statuses = [...outcomes.statuses].map(([status, count]) => `${count} x ${status}`).join(', ');
  console.log(`- answers: ${statuses}`);
  console.log(`- accepted: ${(outcomes.accepted.length / SECONDS).toFixed(0)} per second`);
  console.log(
    `- ms until accepted: p50 ${ms(outcomes, 0.5)}, p95 ${ms(outcomes, 0.95)}, p99 ${ms(outcomes, 0.99)}`,
  );
  console.log(`- MB: before ${rest.toFixed(0)}, most ${most.toFixed(0)}, after ${after.toFixed(0)}`);
  console.log(`- normal again after ${(normalMs / 1000).toFixed(1)} s`);
  console.log(`- accepted jobs that did not end: ${lost}`);
  if (lost > 0 || normalMs > NORMAL_MS) process.exitCode = 1;
}

function ms({ acceptedMs }: Outcomes, share: number): string {
  return percentile(acceptedMs, share).toFixed(0);
}

/** Measured again as long as it grows: a process that has just started gets faster. */
async function measureCapacity(port: number, tokens: readonly string[]): Promise<number> {
  let [last, most] = [0, await submitsPerSecond(port, tokens)];
  while (most > last * GROWS) {
    last = most;
    most = Math.max(last, await submitsPerSecond(port, tokens));
  }
  return most;
}

/** Each connection sends its next submit when it has the answer to the last. */
async function submitsPerSecond(port: number, tokens: readonly string[]): Promise<number> {
  const end = performance.now() + CAPACITY_SECONDS * 1_000;
  let sent = 0;
  const submit = async (): Promise<void> => {
    const connection = new HttpConnection(port);
    while (performance.now() < end) await connection.send(submission(tokens, sent++));
    connection.close();
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, submit));
  return sent / CAPACITY_SECONDS;
}

async function overload(port: number, tokens: readonly string[], perSecond: number): Promise<Outcomes> {
  const outcomes: Outcomes = { statuses: new Map(), accepted: [], acceptedMs: [] };
  const idle: HttpConnection[] = [];
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  let sent = 0;
  while (performance.now() - start < SECONDS * 1_000) {
    const due = ((performance.now() - start) / 1_000) * perSecond;
    for (; sent < due; sent++) {
      if (underWay.size >= CLIENTS) {
        count(outcomes, 'not sent: all clients wait');
        continue;
      }
      const connection = idle.pop() ?? new HttpConnection(port);
      const one = submit(connection, submission(tokens, sent), outcomes).then((isUsable) => {
        underWay.delete(one);
        if (isUsable) idle.push(connection);
        else connection.close();
      });
      underWay.add(one);
    }
    await delay(TICK_MS);
  }
  await Promise.race([Promise.all(underWay), delay(TIMED_OUT_MS, undefined, { ref: false })]);
  if (underWay.size > 0) outcomes.statuses.set('no answer', underWay.size);
  for (const connection of idle) connection.close();
  return outcomes;
}

async function submit(connection: HttpConnection, request: string, outcomes: Outcomes): Promise<boolean> {
  const { accepted, acceptedMs } = outcomes;
  const sent = performance.now();
  let status = 'closed connection';
  try {
    const answer = await connection.ask(request);
    status = answer.slice(9, 12);
    if (status === '202') {
      accepted.push(/"id":"([^"]+)"/.exec(answer)?.[1] ?? '');
      acceptedMs.push(performance.now() - sent);
    }
    return true;
  } catch {
    return false;
  } finally {
    count(outcomes, status);
  }
}

function count({ statuses }: Outcomes, status: string): void {
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
}

/** Milliseconds of a submit, among some that follow each other; Infinity when one is refused. */
async function probe(port: number, tokens: readonly string[]): Promise<number> {
  const connection = new HttpConnection(port);
  const times: number[] = [];
  try {
    for (let count = 0; count < PROBES; count++) {
      const sent = performance.now();
      await connection.send(submission(tokens, count));
      times.push(performance.now() - sent);
    }
    return median(times);
  } catch {
    return Infinity;
  } finally {
    connection.close();
  }
}

/** Normal is at most three times as long as before: the worker has much to do then. */
async function untilNormal(
  port: number,
  tokens: readonly string[],
  before: number,
  end: number,
): Promise<number> {
  while (performance.now() - end < 2 * NORMAL_MS) {
    if ((await probe(port, tokens)) <= TIMES * before) return performance.now() - end;
  }
  return Infinity;
}

/** Waits as long as jobs end. */
async function countLost({ database }: BenchmarkedApi, accepted: readonly string[]): Promise<number> {
  let [left, changed] = [Infinity, performance.now()];
  while (left > 0 && performance.now() - changed < STUCK_MS) {
    const [row] = await query<{ ended: string }>(
      database.port,
      database.name,
      "SELECT count(*) AS ended FROM jobs WHERE id = ANY($1::uuid[]) AND status = 'succeeded'",
      [accepted],
    );
    const now = accepted.length - Number(row?.ended);
    if (now < left) changed = performance.now();
    left = now;
    if (left > 0) await delay(1_000);
  }
  return left;
}

/** Of one account after the other, each from an address of its own, as the load balancer names it. */
function submission(tokens: readonly string[], count: number): string {
  const account = count % tokens.length;
  const headers = {
    Authorization: `Bearer ${tokens[account]}`,
    'X-Forwarded-For': `10.0.${account >> 8}.${account & 255}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': randomUUID(),
  };
  return requestText(
    'POST /api/v1/jobs',
    headers,
    JSON.stringify({ kind: 'number.primes', payload: { limit: 100 } }),
  );
}
