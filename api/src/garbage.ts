import { setTimeout as delay } from 'node:timers/promises';

/** Before a load balancer has seen the API ready twice, and sends requests. */
const SETTLED_MS = 2_000;

/** What the start leaves, V8 keeps while nothing more is allocated: a seventh of the memory at rest (docs/benchmarks.md). */
export async function collectStartGarbage(): Promise<void> {
  await delay(SETTLED_MS, undefined, { ref: false });
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.collectGarbage');
  session.disconnect();
}
