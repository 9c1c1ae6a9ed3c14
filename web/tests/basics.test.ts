import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorOf } from '../src/api/errors.ts';
import { ServiceState } from '../src/api/service-state.ts';
import { safeStorage } from '../src/api/storage.ts';
import { backoff, pause } from '../src/api/time.ts';
import { problem } from './answers.ts';

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
    const error = await errorOf(
      problem(400, { code: 'invalid_request', errors: [{ field: 'email', code: 'wrong_format' }] }),
    );
    expect(error).toMatchObject({
      status: 400,
      code: 'invalid_request',
      message: 'detail',
      requestId: 'request-1',
    });
    expect(error.fields).toEqual([{ field: 'email', code: 'wrong_format', params: {} }]);
  });

  it('may have any other body', async () => {
    const page = new Response('<html>', { status: 502, headers: { 'x-request-id': 'from-the-gateway' } });
    expect(await errorOf(page)).toMatchObject({ status: 502, requestId: 'from-the-gateway', fields: [] });
    expect(await errorOf(new Response('"text"', { status: 500 }))).toMatchObject({ requestId: undefined });
    expect(await errorOf(problem(400, { errors: ['x', null] }))).toMatchObject({ status: 400 });
  });
});

describe('whether the service answers', () => {
  it('is denied once a request fails, until one is answered', () => {
    const service = new ServiceState();
    service.begin()('failed');
    expect(service.answers).toBe(false);
    service.begin()('cancelled');
    expect(service.answers).toBe(false);
    service.begin()('answered');
    expect(service.answers).toBe(true);
  });

  it('is denied while a request is late', async () => {
    const service = new ServiceState(0);
    const settled = service.begin();
    await new Promise<void>((resolve) => {
      const forget = service.subscribe(() => {
        forget();
        resolve();
      });
    });
    expect(service.answers).toBe(false);
    settled('cancelled');
    expect(service.answers).toBe(true);
  });
});

describe('storage that the browser denies', () => {
  it('lasts as long as the page', () => {
    const storage = safeStorage(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    storage.write('a', 'text');
    expect(storage.read('a')).toBe('text');
    storage.write('a', undefined);
    expect(storage.read('a')).toBeUndefined();
  });
});
