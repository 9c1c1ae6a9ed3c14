import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';

export interface Span {
  traceId: string;
  /** W3C trace context of this span, for its child spans. */
  traceparent: string;
  end(outcome: { name?: string; attributes: Record<string, string | number>; failed: boolean }): void;
}

export interface Tracing {
  start(name: string, kind: 'server' | 'producer', parent: string | undefined): Span;
  stop(): Promise<void>;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

export async function createTracing(config: Config): Promise<Tracing> {
  if (config.tracesEndpoint === undefined) return noExport;
  const { exportTraces } = await import('./tracing-export.ts');
  return exportTraces(config, config.tracesEndpoint);
}

export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}

/** Of UUIDs, whose random bytes Node takes from the system for many at once. */
export function newTraceparent(): string {
  return `00-${randomHex()}-${randomHex().slice(16)}-01`;
}

function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

/** Exports nothing; log lines still get the trace id of their request. */
const noExport: Tracing = {
  start: (_name, _kind, parent) => {
    const traceparent = parent ?? newTraceparent();
    return { traceId: traceparent.slice(3, 35), traceparent, end: () => undefined };
  },
  stop: () => Promise.resolve(),
};
