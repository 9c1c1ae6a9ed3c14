import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../src/api/errors.ts';
import { backoff, pause } from '../src/api/time.ts';
import { routeOf } from '../src/router.ts';
import { problem } from './answers.ts';

const ID = '0d2a4bd5-7f4d-4a1c-8f5f-5c5d2f7b1a11';

describe('routes', () => {
  it('are read from the address', () => {
    expect(routeOf('/')).toEqual({ page: 'jobs' });
    expect(routeOf('/jobs')).toEqual({ page: 'jobs' });
    expect(routeOf(`/jobs/${ID}`)).toEqual({ page: 'job', id: ID });
    expect(routeOf('/jobs/1')).toEqual({ page: 'not-found' });
    expect(routeOf(`/jobs/${ID}/more`)).toEqual({ page: 'not-found' });
  });
});

describe('waiting', () => {
  it('is between half and all of a time that doubles up to the limit', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
        const full = Math.min(30_000, 1_000 * 2 ** attempt);
        const wait = backoff(attempt, 1_000, 30_000, () => random);
        expect(wait).toBeGreaterThanOrEqual(full / 2);
        expect(wait).toBeLessThanOrEqual(full);
      }),
    );
  });

  it('ends at once when it is aborted', async () => {
    const stop = new AbortController();
    const waiting = pause(1e9, stop.signal);
    stop.abort();
    await waiting;
    await pause(1e9, stop.signal);
  });
});

describe('an error response', () => {
  it('is read from problem+json', async () => {
    const error = await errorOf(problem(400, { errors: [{ field: 'email', message: 'wrong' }] }));
    expect(error).toMatchObject({ status: 400, message: 'detail', requestId: 'request-1' });
    expect(error.fields).toEqual([{ field: 'email', message: 'wrong' }]);
  });

  it('may have any other body', async () => {
    const page = new Response('<html>', { status: 502, headers: { 'x-request-id': 'from-the-gateway' } });
    expect(await errorOf(page)).toMatchObject({ status: 502, requestId: 'from-the-gateway', fields: [] });
    expect(await errorOf(new Response('"text"', { status: 500 }))).toMatchObject({ requestId: undefined });
    expect(await errorOf(problem(400, { errors: ['x', null] }))).toMatchObject({ status: 400 });
  });
});
