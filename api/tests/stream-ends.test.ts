import { connect } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { ApiClient, EventReader, SessionBody } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { KEYS, type Replica, World } from './support/world.ts';

const STREAM = '/api/v1/jobs/events';

describe.skipIf(inject('skipReason'))('a stream ends', () => {
  let world: World;
  let one: Replica;
  let two: Replica;
  let client: ApiClient;
  let user: SessionBody['user'];

  beforeAll(async () => {
    world = await World.create();
    const limit = { STREAMS_PER_ACCOUNT: '3' };
    [one, two] = await Promise.all([world.replica(limit), world.replica(limit)]);
  });

  beforeEach(async () => {
    client = one.client.at(one.client.url);
    ({ user } = await client.signUp());
  });

  afterAll(() => world.destroy());

  const gauges = async (): Promise<(string | undefined)[]> => {
    const text = await (await fetch(one.service.metricsUrl)).text();
    return ['sse_clients', 'http_requests_in_flight'].map(
      (name) => new RegExp(`^${name}{.*} (-?\\d+)$`, 'm').exec(text)?.[1],
    );
  };

  const tokenOf = (seconds: number): Promise<string> => {
    return new SignJWT({ tid: user.tenantId })
      .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
      .setSubject(user.id)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
      .setIssuer('plataforma')
      .setAudience('plataforma-api')
      .sign(new TextEncoder().encode(KEYS['key-1']));
  };

  /** Sends requests on one connection, each without waiting for an answer. */
  const request = async (...paths: string[]): Promise<ReturnType<typeof connect>> => {
    const socket = connect(Number(new URL(one.client.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const headers = `host: localhost\r\nauthorization: Bearer ${client.token ?? ''}\r\n\r\n`;
    await new Promise<void>((resolve) => {
      socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\n${headers}`).join(''), () => {
        resolve();
      });
    });
    return socket;
  };

  it('with its token', async () => {
    let seconds = 1;
    const openWithToken = async (): Promise<EventReader | undefined> => {
      client.token = await tokenOf((seconds *= 2));
      const opened = await client.follow(STREAM);
      return opened.response.status === 200 ? opened : undefined;
    };
    const stream = await eventually(openWithToken);

    expect(await stream.rest()).toEqual([]);
    expect((await client.get(STREAM)).status).toBe(401);
  });

  it('with the sign-out, at every replica', async () => {
    const streams = await Promise.all([client, client.at(two.client.url)].map((each) => each.follow(STREAM)));
    const other = one.client.at(one.client.url);
    await other.signIn(user.email);
    const staying = await other.follow(STREAM);

    await client.send('DELETE', '/api/v1/sessions');
    for (const stream of streams) expect(await stream.rest()).toEqual([]);
    expect((await client.get(STREAM)).status).toBe(401);

    const { id } = (await other.submit()).body;
    expect((await staying.next())?.id).toBe(id);
    staying.close();
  });

  it('with a session that ends since a refresh token was used twice', async () => {
    const stream = await client.follow(STREAM);
    const { cookie } = client;
    await client.refresh();
    await client.refresh();
    await client.refresh(cookie);

    expect(await stream.rest()).toEqual([]);
  });

  it('with a sign-out that happened while Redis was away', async () => {
    const stream = await client.follow(STREAM);
    await world.redisServer.stop();
    await world.redisServer.start();
    await eventually(
      async () => (await world.redis.del(`refresh:${client.cookie?.split('.')[0] ?? ''}`)) >= 0,
    );
    await world.redisServer.stop();
    await world.redisServer.start();

    expect(await stream.rest()).toEqual([]);
    for (const { client } of [one, two])
      await eventually(async () => (await client.get('/readyz')).status === 200);
  });

  it('and makes room for another: an account has a stated number at a replica', async () => {
    const streams = await Promise.all([1, 2, 3].map(() => client.follow(STREAM)));
    const refused = await client.get(STREAM);
    expect(refused.status).toBe(429);
    expect(refused.body.detail).toContain('3 open streams');
    expect(refused.headers.get('retry-after')).toBe('30');
    const other = one.client.at(one.client.url);
    await other.signUp();
    streams.push(await other.follow(STREAM), await client.at(two.client.url).follow(STREAM));
    expect(streams.map(({ response }) => response.status)).toEqual([200, 200, 200, 200, 200]);

    streams[0]?.close();
    await eventually(async () => {
      const stream = await client.follow(STREAM);
      streams.push(stream);
      return stream.response.status === 200;
    });
    for (const stream of streams) stream.close();
  });

  it('and leaves nothing behind, however early the connection ends', async () => {
    const { id } = (await client.submit()).body;
    await eventually(async () => (await gauges()).join() === '0,0');

    for (const path of [STREAM, `/api/v1/jobs/${id}/events`]) {
      for (let round = 0; round < 5; round++) (await request(path)).destroy();
      const pipelined = await request('/api/v1/usage', path, path, '/api/v1/usage');
      await eventually(async () => (await gauges())[0] !== '0');
      pipelined.destroy();
    }

    await eventually(async () => (await gauges()).join() === '0,0');
    await eventually(async () => (await world.redis.pubsub('CHANNELS', 'progress:*')).length === 0);
  });
});
