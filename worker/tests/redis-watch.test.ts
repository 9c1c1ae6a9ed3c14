import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Broker } from '../src/broker/broker.ts';
import { readConfig } from '../src/config.ts';
import { Health } from '../src/http/health.ts';
import { createOperationsServer } from '../src/http/operations-server.ts';
import { createLogger } from '../src/observability/logger.ts';
import { Database } from '../src/stores/database.ts';
import { askAnew } from '../src/stores/redis.ts';
import { RedisWatch } from '../src/stores/redis-watch.ts';
import { eventually } from './support/processes.ts';
import { World } from './support/world.ts';

describe.skipIf(inject('skipReason'))('liveness', () => {
  let world: World;
  let client: Redis;
  let url: string;
  let probes = 0;
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    world = await World.create();
    const config = readConfig(world.variables());
    client = new Redis({ host: config.redis.host, port: config.redis.port, retryStrategy: () => 20 });
    client.on('error', () => undefined);
    const probe = (): Promise<void> => askAnew(config.redis).finally(() => (probes += 1));
    const watch = new RedisWatch({ queue: () => client.ping() }, probe, { periodMs: 10, limitMs: 200 });
    const database = new Database(config.database, createLogger(config, { write: () => undefined }));
    const health = new Health(database, client, {} as Broker, watch);
    const server = createOperationsServer(new Registry(), health).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/healthz`;
    closing.push(
      () => {
        watch.stop();
      },
      () => database.close(),
      () => server.close(),
    );
  });

  afterAll(async () => {
    for (const close of closing) await close();
    client.disconnect();
    await world.destroy();
  });

  it('does not end a process whose Redis is away: a new one would find none either', async () => {
    await world.redisServer.stop();
    const before = probes;
    await eventually(() => probes > before + 2);
    expect((await fetch(url)).status).toBe(200);

    await world.redisServer.start();
    await client.ping();
  });

  it('ends a process with a connection that gets no answer while a new one does', async () => {
    client.disconnect();
    const answer = await eventually(async () => {
      const each = await fetch(url);
      return each.status === 503 ? each : undefined;
    });

    expect(await answer.json()).toEqual({ status: 'failed', stuck: ['queue'] });
  });
});
