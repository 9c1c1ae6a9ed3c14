import { type Measured, percentile } from './comparison.ts';
import { cpuMicroseconds } from './programs.ts';
import { HttpConnection } from './http-connection.ts';

const AT_A_TIME = 16;
const SECONDS = 3;
export const CONDITIONS = `${AT_A_TIME} at a time for ${SECONDS} s`;

export interface Server {
  port: number;
  /** Whose processor time is counted: it says more than the rate on a machine that others use too. */
  pid: number;
}

/** Each connection sends its next request as soon as it has the answer to the last. */
export async function loadHttp({ port, pid }: Server, request: () => string): Promise<Measured> {
  const connections = Array.from({ length: AT_A_TIME }, () => new HttpConnection(port));
  const before = cpuMicroseconds(pid);
  try {
    const { answers, ...measured } = await measure(
      connections.map((connection) => () => connection.send(request())),
    );
    return { ...measured, 'CPU µs each': (cpuMicroseconds(pid) - before) / answers };
  } finally {
    for (const connection of connections) connection.close();
  }
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
  return {
    answers: latencies.length,
    'per second': latencies.length / seconds,
    'p50 ms': percentile(latencies, 0.5),
    'p95 ms': percentile(latencies, 0.95),
    'p99 ms': percentile(latencies, 0.99),
  };
}
