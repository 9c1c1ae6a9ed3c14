import { randomBytes } from 'node:crypto';
import type { Config } from '../config.ts';

interface Span {
  traceId: string;
  end(outcome: { attributes: Record<string, string | number>; failed: boolean }): void;
}

export interface Tracing {
  start(name: string, parent: string | undefined): Span;
  stop(): Promise<void>;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;

export async function createTracing(config: Config): Promise<Tracing> {
  if (config.tracesEndpoint === undefined) return withoutExport;
  const { exportTraces } = await import('./tracing-export.ts');
  return exportTraces(config, config.tracesEndpoint);
}

export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && TRACEPARENT.test(value);
}

export function newTraceparent(): string {
  return `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`;
}

/** Exports nothing; the logs still have the trace id of the request that submitted the job. */
const withoutExport: Tracing = {
  start: (_name, parent) => ({
    traceId: (parent ?? newTraceparent()).slice(3, 35),
    end: () => undefined,
  }),
  stop: () => Promise.resolve(),
};
