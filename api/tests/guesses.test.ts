import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { BoundedQueue } from '../src/accounts/bounded-queue.ts';
import { type Answer, PASSWORD, type ProblemBody } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('limits of what is refused', () => {
  let world: World;
  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    world = await World.create();
    const limits = { SIGN_IN_FAILURES_PER_HOUR: '4' };
    [one, two] = await Promise.all([world.replica(limits), world.replica(limits)]);
  });

  afterAll(() => world.destroy());

  const from = (address: string): object => ({ 'x-forwarded-for': address });
  const signIn = (
    email: string,
    password: string,
    address = '203.0.113.1',
    replica = one,
  ): Promise<Answer<ProblemBody>> =>
    replica.client.send('POST', '/api/v1/sessions', { email, password }, from(address));
  const statuses = (answers: readonly Answer<ProblemBody>[]): number[] =>
    answers.map(({ status }) => status).sort();
  const newAccount = async (address: string): Promise<string> => {
    const email = `${randomUUID()}@example.com`;
    const account = { email, password: PASSWORD, tenantName: 'T' };
    expect((await one.client.send('POST', '/api/v1/accounts', account, from('203.0.113.9'))).status).toBe(
      201,
    );
    expect((await signIn(email, PASSWORD, address)).status).toBe(201);
    return email;
  };

  it('counts answers 401, 404 and 405 like others, and logs little of a long address', async () => {
    const { client } = await world.replica({ RATE_LIMIT_PER_MINUTE: '5' });
    const answers: [string, string][] = [
      ['GET', '/api/v1/jobs'],
      ['GET', `/api/v1/${'x'.repeat(5_000)}`],
      ['PUT', '/api/v1/jobs'],
      ['PROPFIND', '/api/v1/jobs'],
      ['GET', '/nothing'],
      ['GET', '/api/v1/jobs'],
      ['GET', `/api/v1/${'x'.repeat(5_000)}`],
      ['PUT', '/api/v1/jobs'],
    ];
    const seen = [];
    for (const [method, path] of answers)
      seen.push((await client.send(method, path, undefined, from('203.0.113.2'))).status);

    expect(seen).toEqual([401, 404, 405, 404, 404, 429, 429, 429]);
    expect(world.output.find((line) => line.includes('x'.repeat(201)))).toBeUndefined();
  });

  it('counts what takes passwords by address, exactly, over accounts and replicas', async () => {
    const limits = { SESSION_RATE_LIMIT_PER_MINUTE: '7' };
    const replicas = await Promise.all([world.replica(limits), world.replica(limits)]);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        signIn(`${randomUUID()}@example.com`, 'x', '203.0.113.3', replicas[i % 2]),
      ),
    );

    expect(statuses(answers)).toEqual([...Array<number>(7).fill(401), ...Array<number>(13).fill(429)]);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('counts wrong passwords of an account over all addresses, also those at the same time', async () => {
    const email = await newAccount('203.0.113.4');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => signIn(email, 'x', `198.51.100.${i}`, i % 2 ? one : two)),
    );

    expect(statuses(answers)).toEqual([...Array<number>(4).fill(401), ...Array<number>(8).fill(429)]);
    expect((await signIn(email.toUpperCase(), PASSWORD, '198.51.100.99')).status).toBe(429);
  });

  it('lets the owner in, from where it has signed in, while others guess', async () => {
    const email = await newAccount('203.0.113.5');
    for (let i = 0; i < 5; i += 1) await signIn(email, 'x', '198.51.100.1');

    for (let i = 0; i < 6; i += 1)
      expect((await signIn(email, PASSWORD, '203.0.113.5', two)).status).toBe(201);
  });

  it('does not tell whether an account exists', async () => {
    const guess = async (email: string): Promise<number[]> => {
      const seen = [];
      for (let i = 0; i < 6; i += 1) seen.push((await signIn(email, 'x', '198.51.100.2')).status);
      return seen;
    };

    expect(await guess(await newAccount('203.0.113.6'))).toEqual(await guess('nobody@example.com'));
  });

  it('answers the right password and a wrong one alike while Redis is not available', async () => {
    const email = await newAccount('203.0.113.7');
    await world.redisServer.stop();
    const answers = [];
    for (const password of [PASSWORD, 'x']) answers.push(await signIn(email, password, '203.0.113.7'));
    await world.redisServer.start();
    await eventually(async () => (await one.client.get('/readyz')).status === 200);

    for (const { status, headers } of answers)
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
  });

  it('refuses sign-ins at once that would wait long, counts none of them, and answers the others', async () => {
    const email = await newAccount('203.0.113.8');
    const flood = await Promise.all(
      Array.from({ length: 100 }, (_, i) => signIn(`${i}@example.org`, 'x', `192.0.2.${i}`)),
    );
    const refused = flood.filter(({ status }) => status === 503);

    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ headers }) => headers.get('retry-after') === '2')).toBe(true);
    expect(flood.every(({ status }) => status === 401 || status === 503)).toBe(true);
    expect((await signIn(email, PASSWORD, '203.0.113.8')).status).toBe(201);
  });
});

describe('a bounded queue', () => {
  it('runs so many at once, in order, and refuses those that are too many', async () => {
    const queue = new BoundedQueue(2, 3);
    const ends: (() => void)[] = [];
    const began: number[] = [];
    const runs = Array.from({ length: 7 }, (_, i) =>
      queue.run(() => {
        began.push(i);
        return new Promise<void>((resolve) => ends.push(resolve));
      }),
    );

    await expect(Promise.allSettled(runs.slice(5))).resolves.toMatchObject([
      { reason: { status: 503 } },
      { reason: { status: 503 } },
    ]);
    expect(began).toEqual([0, 1]);
    for (let i = 0; i < 5; i += 1) {
      ends[i]?.();
      await runs[i];
      await new Promise(setImmediate);
    }
    expect(began).toEqual([0, 1, 2, 3, 4]);
    const failing = queue.run(() => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await queue.run(() => Promise.resolve('next'))).toBe('next');
  });
});
