import { connect, type Socket } from 'node:net';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { App } from '../src/http/context.ts';
import { limitLoad } from '../src/http/limits/load-limits.ts';
import { answerError } from '../src/http/problems.ts';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

const OF_ONE = 100;
const OF_ALL = 500;
const BODIES_OF_ONE = 16;
const BODY_BYTES = 256 * 1024;

const ANSWER = 'x'.repeat(300_000);

/** Nothing but the limits: the account is what the header names. */
function limitedApp(): App {
  const app: App = Fastify().withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler(answerError);
  app.decorateRequest('identity', null);
  app.addHook('onRequest', (request, _reply, done) => {
    const userId = String(request.headers.authorization);
    request.identity = { userId, tenantId: 'any', sessionId: undefined, expiresAt: new Date() };
    done();
  });
  limitLoad(app);
  return app;
}

describe('what is in progress is bounded', () => {
  /** Statuses of requests, so many of each account, of which none that is admitted ends before some are refused. */
  const statuses = async (accounts: number, each: number, refused: number): Promise<(number | string)[]> => {
    const app = limitedApp();
    const { promise, resolve } = Promise.withResolvers<string>();
    app.get('/', () => promise);
    app.get('/healthz', { config: { isUnlimited: true } }, () => 'alive');
    const send = async (user: number, url = '/'): Promise<number | string> => {
      const answer = await app.inject({ url, headers: { authorization: String(user) } });
      early += 1;
      return answer.headers['retry-after'] === undefined
        ? answer.statusCode
        : `${answer.statusCode} after ${answer.headers['retry-after']} s`;
    };
    let early = 0;
    const all = Array.from({ length: accounts * each }, (_none, index) => send(index % accounts));
    await eventually(() => early === refused);
    expect(await send(0, '/healthz')).toBe(200);
    resolve('done');
    const answers = await Promise.all(all);
    expect(await send(0)).toBe(200);
    return answers;
  };
  const count = (answers: (number | string)[], wanted: number | string): number =>
    answers.filter((answer) => answer === wanted).length;

  it('for one account', async () => {
    const answers = await statuses(1, OF_ONE + 20, 20);

    expect([count(answers, 200), count(answers, '429 after 1 s')]).toEqual([OF_ONE, 20]);
  });

  it('for all', async () => {
    const answers = await statuses(6, 90, 6 * 90 - OF_ALL);

    expect([count(answers, 200), count(answers, '503 after 2 s')]).toEqual([OF_ALL, 6 * 90 - OF_ALL]);
  });

  it('for the one alone whose answers nobody reads', async () => {
    const app = limitedApp();
    let answered = 0;
    app.get('/', () => {
      answered += 1;
      return ANSWER;
    });
    const url = new URL(await app.listen());
    const request = (user: number): string => `GET / HTTP/1.1\r\nhost: any\r\nauthorization: ${user}\r\n\r\n`;
    const sockets = Array.from({ length: 8 }, (_none, user) => {
      const socket = connect(Number(url.port), '127.0.0.1').pause();
      socket.write(request(user).repeat(OF_ONE));
      return socket;
    });
    await eventually(() => answered === 8 * OF_ONE);

    const statusFor = async (user: string): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${url.port}/`, { headers: { authorization: user } });
      await answer.text();
      return answer.status;
    };
    expect(await statusFor('another')).toBe(200);
    for (const socket of sockets) socket.destroy();
    await app.close();
  });
});

describe.skipIf(inject('skipReason'))('what arrives is bounded', () => {
  let world: World;
  let replica: Replica;

  beforeAll(async () => {
    world = await World.create();
    replica = await world.replica();
    await replica.client.signUp();
  });

  afterAll(() => world.destroy());

  it('in the bytes of bodies that have not arrived', async () => {
    const { client } = replica;
    const sockets: Socket[] = [];
    const sendHalf = (): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect(Number(new URL(replica.client.url).port), '127.0.0.1');
        sockets.push(socket);
        socket.on('data', (answer) => {
          resolve(answer.subarray(9, 12).toString());
        });
        const head = [
          'POST /api/v1/jobs HTTP/1.1',
          'host: localhost',
          `authorization: Bearer ${client.token ?? ''}`,
          'content-type: application/json',
          'idempotency-key: any',
          `content-length: ${BODY_BYTES}`,
        ];
        socket.write(`${head.join('\r\n')}\r\n\r\n{`);
      });
    const answers = Array.from({ length: BODIES_OF_ONE + 3 }, sendHalf);
    let refused: string[] = [];
    for (const answer of answers) void answer.then((status) => (refused = [...refused, status]));

    await eventually(() => refused.length === 3);
    expect(refused).toEqual(['429', '429', '429']);
    for (const socket of sockets) socket.destroy();
    await eventually(async () => (await client.submit()).status === 202);
  });
});
