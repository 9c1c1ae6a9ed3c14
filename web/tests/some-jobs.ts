import type { JobSummary } from '../src/api/jobs.ts';

export function job(values: Partial<JobSummary> = {}): JobSummary {
  return {
    id: 'j',
    kind: 'number.primes',
    payload: { limit: 10 },
    status: 'queued',
    progress: 0,
    attempts: 0,
    result: null,
    error: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    createdBy: 'ana@example.com',
    origin: 'user',
    requestId: null,
    runAgainOf: null,
    omitted: [],
    ...values,
  };
}
