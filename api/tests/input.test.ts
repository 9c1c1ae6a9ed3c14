import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PASSWORD } from './support/client.ts';
import { type Replica, World } from './support/world.ts';

const TRIES = 50;
const ID = '00000000-0000-4000-8000-000000000000';

/** Any UTF-16, NUL and lone surrogates too. */
const anyText = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0xffff), fc.constantFrom(0, 0xd800, 0xdfff)), { maxLength: 20 })
  .map((units) => String.fromCharCode(...units));
const anyDigit = fc.nat(9).map(String);
const anyTime = fc
  .array(anyDigit, { minLength: 17, maxLength: 17 })
  .map((d) =>
    `${d.slice(0, 4).join('')}-${d.slice(4, 6).join('')}-${d.slice(6, 8).join('')}`.concat(
      `T${d.slice(8, 10).join('')}:${d.slice(10, 12).join('')}:${d.slice(12, 14).join('')}.${d.slice(14).join('')}Z`,
    ),
  );
const anyCursor = fc.oneof(
  anyText,
  fc
    .tuple(
      fc.oneof(anyTime, fc.constantFrom('2026-02-30T00:00:00.000Z', '0000-01-01T00:00:00.000Z')),
      fc.oneof(fc.uuid(), fc.constant(ID)),
    )
    .map(([time, id]) => `${time} ${id}`),
);
const anyInstant = fc.oneof(
  anyTime,
  fc.constantFrom(
    '0000-01-01T00:00:00Z',
    '0000-12-31T23:59:59-01:00',
    '9999-12-31T23:59:59-23:59',
    '2026-01-01T23:59:60Z',
  ),
);
const anyId = fc.oneof(
  anyText,
  fc.constantFrom(
    `urn:uuid:${ID}`,
    `{${ID}}`,
    ID.toUpperCase(),
    ID.replaceAll('-', ''),
    ID.slice(0, 20),
    `${ID.slice(0, 13)}--`,
    `${ID}\n`,
    `${ID}\0`,
  ),
);
const anyLimit = fc.oneof(
  anyText,
  fc.double().map(String),
  fc.constantFrom('1e400', '-1e400', '0x10', '1e1'),
);

/** A value that PostgreSQL refuses would be answered with 500. */
describe.skipIf(inject('skipReason'))('whatever a client sends', () => {
  let world: World;
  let replica: Replica;

  beforeAll(async () => {
    world = await World.create();
    replica = await world.replica();
    await replica.client.signUp();
  });

  afterAll(() => world.destroy());

  const statusOf = async (method: string, path: string, body?: unknown, headers = {}): Promise<number> => {
    const { status, text } = await replica.client.send(method, path, body, headers);
    expect([status < 500, status < 300 || text.length < 2_000]).toEqual([true, true]);
    return status;
  };
  const encode = (text: string): string => encodeURIComponent(text.toWellFormed());

  it('as an id, PostgreSQL never refuses it', async () => {
    const property = fc.asyncProperty(anyId, async (id) => {
      await statusOf('GET', `/api/v1/jobs/${encode(id)}`);
      await statusOf('GET', `/api/v1/jobs?id=${encode(id)}`);
      await statusOf('POST', `/api/v1/jobs/${encode(id)}/cancel`);
    });
    await fc.assert(property, { numRuns: TRIES });
  });

  it('as a query, PostgreSQL never refuses it', async () => {
    const property = fc.asyncProperty(
      anyCursor,
      anyLimit,
      anyText,
      anyInstant,
      async (cursor, limit, status, time) => {
        const encoded = Buffer.from(cursor).toString('base64url');
        await statusOf('GET', `/api/v1/jobs?cursor=${encoded}`);
        await statusOf('GET', `/api/v1/jobs?limit=${encode(limit)}`);
        await statusOf('GET', `/api/v1/jobs?kind=${encode(status)}`);
        await statusOf('GET', `/api/v1/jobs?createdFrom=${encode(time)}`);
        await statusOf('GET', `/api/v1/jobs?cursor=${encode(cursor)}&status=${encode(status)}`);
      },
    );
    await fc.assert(property, { numRuns: TRIES });
  });

  it('as a text of a body, PostgreSQL never refuses it, and keeps it unchanged', async () => {
    let stored = 0;
    const property = fc.asyncProperty(anyText, async (text) => {
      const job = { kind: 'text.statistics', payload: { text } };
      const { status, body } = await replica.client.send<{ payload: object }>('POST', '/api/v1/jobs', job, {
        'idempotency-key': `text-${(stored += 1)}`,
      });
      const isText = text.isWellFormed() && !text.includes('\0');
      expect([status, body.payload]).toEqual(isText ? [202, { text }] : [400, undefined]);
    });
    await fc.assert(property, { numRuns: TRIES });
  });

  it.each(['email', 'password', 'tenantName'])(
    'as the %s of an account, it is text or refused',
    async (field) => {
      for (const text of ['\ud800', 'a\udc00b@example.com', 'with\0NUL@example.com']) {
        const account = {
          email: 'ana@example.com',
          password: PASSWORD,
          tenantName: 'T',
          [field]: text.repeat(8),
        };
        expect(await statusOf('POST', '/api/v1/accounts', account)).toBe(400);
      }
    },
  );
});
