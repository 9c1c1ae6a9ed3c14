import { setTimeout as delay } from 'node:timers/promises';
import { type Measured, percentile } from './comparison.ts';
import { cpuMicroseconds } from './programs.ts';
import { HttpConnection } from './http-connection.ts';

export const AT_A_TIME = 16;
const SECONDS = 3;
export const CONDITIONS = `${AT_A_TIME} at a time for ${SECONDS} s`;
/** V8 collects the old generation every 7 s or so under this load: 3 s would show one collection, or none. */
const OPEN_SECONDS = 15;

export interface Server {
  port: number;
  /** Whose processor time is counted: it says more than the rate on a machine that others use too. */
  pid: number;
}

/** Each connection sends its next request as soon as it has the answer to the last. */
export async function loadHttp(
  { port, pid }: Server,
  request: (connection: number) => string,
): Promise<Measured> {
  const connections = Array.from({ length: AT_A_TIME }, () => new HttpConnection(port));
  const before = cpuMicroseconds(pid);
  try {
    const { answers, ...measured } = await measure(
      connections.map((connection, index) => () => connection.send(request(index))),
    );
    return { ...measured, 'CPU µs each': (cpuMicroseconds(pid) - before) / answers };
  } finally {
    for (const connection of connections) connection.close();
  }
}

/**
 * Requests are sent at their times, whether those before are answered or not: an open-loop load, which shows how long
 * clients wait who do not wait for each other. A latency counts from the time when the request was due.
 */
export async function loadOpenly(
  { port, pid }: Server,
  request: (connection: number) => string,
  perSecond: number,
): Promise<Measured> {
  const idle: HttpConnection[] = [];
  const latencies: number[] = [];
  const underWay = new Set<Promise<void>>();
  const start = performance.now();
  const before = cpuMicroseconds(pid);
  const send = async (due: number, index: number): Promise<void> => {
    const connection = idle.pop() ?? new HttpConnection(port);
    await connection.send(request(index));
    latencies.push(performance.now() - due);
    idle.push(connection);
  };
  for (let sent = 0; sent < perSecond * OPEN_SECONDS;) {
    for (; sent < ((performance.now() - start) / 1000) * perSecond; sent += 1) {
      const sending = send(start + (sent / perSecond) * 1000, sent % AT_A_TIME);
      underWay.add(sending);
      void sending.finally(() => underWay.delete(sending));
    }
    await delay(1);
  }
  await Promise.all(underWay);
  const seconds = (performance.now() - start) / 1000;
  for (const connection of idle) connection.close();
  return {
    ...rates(latencies, seconds),
    'CPU µs each': (cpuMicroseconds(pid) - before) / latencies.length,
    'p99 : p50': percentile(latencies, 0.99) / percentile(latencies, 0.5),
  };
}

export async function load(send: () => Promise<unknown>): Promise<Measured> {
  const { answers, ...measured } = await measure(Array.from({ length: AT_A_TIME }, () => send));
  return { ...measured, 'CPU µs each': NaN };
}

async function measure(
  senders: readonly (() => Promise<unknown>)[],
): Promise<Measured & { answers: number }> {
  const latencies: number[] = [];
  const start = performance.now();
  const end = start + SECONDS * 1000;
  const sendAgain = async (send: () => Promise<unknown>): Promise<void> => {
    let sent = performance.now();
    while (sent < end) {
      await send();
      const answered = performance.now();
      latencies.push(answered - sent);
      sent = answered;
    }
  };
  await Promise.all(senders.map(sendAgain));
  const seconds = (performance.now() - start) / 1000;
  return { answers: latencies.length, ...rates(latencies, seconds) };
}

function rates(latencies: readonly number[], seconds: number): Measured {
  return {
    'per second': latencies.length / seconds,
    'p50 ms': percentile(latencies, 0.5),
    'p95 ms': percentile(latencies, 0.95),
    'p99 ms': percentile(latencies, 0.99),
  };
}
