import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Answer, ProblemBody } from './support/client.ts';
import { type Replica, World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('problems', () => {
  let world: World;
  let replica: Replica;

  beforeAll(async () => {
    world = await World.create();
    replica = await world.replica();
    await replica.client.signUp();
  });

  afterAll(() => world.destroy());

  const expectProblem = (answer: Answer<ProblemBody>, status: number): void => {
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      type: 'about:blank',
      status,
      instance: answer.headers.get('x-request-id'),
    });
    expect(answer.body.title).not.toBe('');
    expect(answer.body.detail).not.toBe('');
  };
  const job = JSON.stringify({ kind: 'number.primes', payload: { limit: 10 } });
  const key = { 'idempotency-key': 'any' };

  it.each([
    ['an unknown address', 404, 'GET', '/api/v1/nothing', undefined, {}],
    ['an address that cannot be decoded', 400, 'GET', '/api/v1/jobs/%E0%A4%A', undefined, {}],
    [
      'a job that is not there',
      404,
      'GET',
      '/api/v1/jobs/00000000-0000-4000-8000-000000000000',
      undefined,
      {},
    ],
    ['another method', 405, 'PUT', '/api/v1/jobs', '{}', {}],
    ['no token', 401, 'GET', '/api/v1/jobs', undefined, { authorization: '' }],
    ['no token, before the body is read', 401, 'POST', '/api/v1/jobs', '{', { authorization: '' }],
    ['a body that is not JSON', 400, 'POST', '/api/v1/jobs', '{"kind":', key],
    ['an empty body', 400, 'POST', '/api/v1/jobs', '', key],
    ['a body of another type', 415, 'POST', '/api/v1/jobs', job, { ...key, 'content-type': 'text/xml' }],
    ['a body of plain text', 415, 'POST', '/api/v1/jobs', job, { ...key, 'content-type': 'text/plain' }],
    ['a body that is too large', 413, 'POST', '/api/v1/jobs', `"${'x'.repeat(300_000)}"`, key],
    ['a body larger than an account has', 413, 'POST', '/api/v1/sessions', `"${'x'.repeat(10_000)}"`, {}],
    ['a body that is not valid', 400, 'POST', '/api/v1/jobs', '[]', key],
    ['a body that reaches for prototypes', 400, 'POST', '/api/v1/jobs', '{"__proto__":{"x":1}}', key],
    ['a header that is missing', 400, 'POST', '/api/v1/jobs', job, {}],
    ['a query that is not valid', 400, 'GET', '/api/v1/jobs?limit=0', undefined, {}],
    ['a query that is too much', 400, 'GET', '/api/v1/jobs?more=1', undefined, {}],
  ])('answers %s with %i as a problem', async (_name, status, method, path, body, headers) => {
    expectProblem(await replica.client.send(method, path, body, headers), status);
  });

  it('names the allowed methods with 405', async () => {
    const { headers } = await replica.client.send('PATCH', '/api/v1/jobs');
    expect(headers.get('allow')?.split(', ').sort()).toEqual(['GET', 'HEAD', 'POST']);
  });

  it('names all fields that are wrong', async () => {
    const body = { email: 'nobody', password: 'short', more: 1 };
    const answer = await replica.client.send('POST', '/api/v1/accounts', body);

    expectProblem(answer, 400);
    expect(answer.body.errors?.map(({ field }) => field).sort()).toEqual([
      'email',
      'more',
      'password',
      'tenantName',
    ]);
  });

  it.each([
    ['a text with NUL', 'payload.text', 'invalid_characters', {}, { text: 'a\0b' }],
    ['a text too long', 'payload.text', 'too_long', { limit: 50_000 }, { text: '🦜'.repeat(50_001) }],
    ['no text', 'payload.text', 'missing', {}, {}],
    ['a number for a text', 'payload.text', 'wrong_type', { allowed: ['string'] }, { text: 7 }],
    ['a field too many', 'payload.more', 'unknown_field', {}, { text: '', more: 1 }],
  ])('has a code for what is wrong, never a pattern: %s', async (_name, field, code, params, payload) => {
    const body = { kind: 'text.statistics', payload };
    const answer = await replica.client.send('POST', '/api/v1/jobs', body, key);

    expect(answer.body).toMatchObject({ code: 'invalid_request', errors: [{ field, code, params }] });
    expect(answer.text).not.toMatch(/pattern|\\u0000/);
  });

  it.each([
    ['status', 'lost', 'not_allowed', { allowed: ['queued', 'running', 'succeeded', 'failed', 'cancelled'] }],
    ['limit', '0', 'too_small', { limit: 1 }],
    ['limit', '101', 'too_large', { limit: 100 }],
    ['createdFrom', 'soon', 'wrong_format', { allowed: ['date-time'] }],
    ['id', '0123', 'too_short', { limit: 8 }],
  ])('has a code for a wrong %s of a query: %s', async (field, value, code, params) => {
    const answer = await replica.client.get(`/api/v1/jobs?${field}=${value}`);

    expect(answer.body.errors).toMatchObject([{ field, code, params }]);
  });

  const fields = (count: number): object =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 1]));

  it.each([
    ['fields of a body', 'POST', '/api/v1/jobs', fields(20_000)],
    ['fields of a payload', 'POST', '/api/v1/jobs', { kind: 'number.primes', payload: fields(20_000) }],
    ['fields without a kind', 'POST', '/api/v1/accounts', { email: fields(500) }],
    ['levels of a body', 'POST', '/api/v1/jobs', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['fields of a query', 'GET', `/api/v1/jobs?${Object.keys(fields(2_000)).join('&')}`, undefined],
  ])('names none of too many %s', async (_name, method, path, body) => {
    const answer = await replica.client.send(method, path, body, key);

    expectProblem(answer, 400);
    expect(answer.body.errors).toEqual([
      { field: '', code: 'too_many_fields', params: { limit: 20 }, message: 'must have at most 20 fields' },
    ]);
  });

  it.each([
    ['a long field', 400, 'POST', '/api/v1/jobs', { kind: 'number.primes', ['x'.repeat(200_000)]: 1 }],
    ['20 long fields', 400, 'POST', '/api/v1/accounts', longFields(20)],
    ['a long address', 414, 'GET', `/api/v1/jobs/${'x'.repeat(10_000)}`, undefined],
    ['a long address that cannot be decoded', 400, 'GET', `/api/v1/%E0%A4%A${'x'.repeat(10_000)}`, undefined],
  ])('answers %s with %i, shortly', async (_name, status, method, path, body) => {
    const answer = await replica.client.send(method, path, body, key);

    expect(answer.status).toBe(status);
    expect(answer.text.length).toBeLessThan(5_000);
  });

  it('answers malformed HTTP with a problem', async () => {
    const { hostname, port } = new URL(replica.client.url);
    const socket = connect(Number(port), hostname);
    socket.write('this is not HTTP\r\n\r\n');
    const answer = await text(socket);

    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
  });

  it('answers 503 with retry-after and without internal details while the database is not available', async () => {
    const broken = await world.startingReplica({ DATABASE_PORT: '1' });
    const client = replica.client.at(broken.client.url);
    const answer = await client.submit();

    expectProblem(answer as unknown as Answer<ProblemBody>, 503);
    expect(answer.headers.get('retry-after')).toBe('2');
    expect(answer.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|database/);
  });

  it('sends security headers with every answer', async () => {
    for (const path of ['/api/v1/nothing', '/healthz', '/api/v1/docs']) {
      const { headers } = await replica.client.get(path);
      expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
      expect(headers.get('content-security-policy')).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toMatch(/max-age=/);
    }
  });

  it('keeps a well-formed request id, and replaces any other', async () => {
    const idFor = async (given: string): Promise<string | null> => {
      const answer = await replica.client.send('GET', '/healthz', undefined, { 'x-request-id': given });
      return answer.headers.get('x-request-id');
    };

    expect(await idFor('abc-12345678')).toBe('abc-12345678');
    for (const bad of ['short', 'x'.repeat(65), 'with space and more', 'quote"quote"quote']) {
      expect(await idFor(bad)).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});

/** As long as a body of a new account may be. */
function longFields(count: number): object {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}${'x'.repeat(390)}`, 1]));
}
