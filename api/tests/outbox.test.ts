import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readConfig } from '../src/config.ts';
import { Database } from '../src/stores/database.ts';
import { JobQueue } from '../src/jobs/job-queue.ts';
import type { JobMessage } from '../src/messages.ts';
import { addToOutbox, Relay } from '../src/stores/outbox.ts';
import { requeueLostJobs } from '../src/jobs/recovery.ts';
import { connectRedis } from '../src/stores/redis.ts';
import { eventually } from './support/processes.ts';
import { CuttableProxy } from './support/proxy.ts';
import { World } from './support/world.ts';

const logger = pino({ level: 'silent' });

describe.skipIf(inject('skipReason'))('outbox', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterAll(() => world.destroy());

  const outboxIsEmpty = async (): Promise<boolean> => (await world.sql('SELECT FROM outbox')).length === 0;

  const message = (): JobMessage => ({
    jobId: randomUUID(),
    tenantId: randomUUID(),
    kind: 'number.primes',
    requestId: randomUUID(),
    traceparent: '',
  });

  const parts = async (): Promise<{ database: Database; queue: JobQueue; close: () => Promise<void> }> => {
    const config = readConfig(world.variables());
    const database = new Database(config.database, logger, () => undefined);
    const redis = connectRedis(config.redis, logger, 'test');
    await eventually(() => redis.status === 'ready');
    const close = async (): Promise<void> => {
      redis.disconnect();
      await database.close();
    };
    return { database, queue: new JobQueue('jobs', redis, 5), close };
  };

  it('delivers again, without a duplicate, after a crash between delivery and delete', async () => {
    const { database, queue, close } = await parts();
    const messages = Array.from({ length: 20 }, message);
    for (const each of messages) await addToOutbox(database, 'queue:jobs', each);
    const crashing = new Relay(
      database,
      'queue:jobs',
      async (batch) => {
        await queue.add(batch);
        throw new Error('the process ends here');
      },
      logger,
    );

    await expect(crashing.relayBatch()).rejects.toThrow('ends here');
    expect(await world.queuedIds()).toHaveLength(20);
    expect(await new Relay(database, 'queue:jobs', (batch) => queue.add(batch), logger).relayBatch()).toBe(
      20,
    );

    expect((await world.queuedIds()).sort()).toEqual(messages.map(({ jobId }) => jobId).sort());
    expect(await outboxIsEmpty()).toBe(true);
    await close();
  });

  it('lets a second relay skip the rows that the first has locked', async () => {
    const { database, close } = await parts();
    for (let count = 0; count < 150; count += 1) await addToOutbox(database, 'queue:jobs', message());
    const taken: string[][] = [];
    const gate = Promise.withResolvers<undefined>();
    const deliver = async (batch: JobMessage[]): Promise<void> => {
      taken.push(batch.map(({ jobId }) => jobId));
      if (taken.length === 2) gate.resolve(undefined);
      await gate.promise;
    };
    const relays = [1, 2].map(() => new Relay(database, 'queue:jobs', deliver, logger));

    expect((await Promise.all(relays.map((relay) => relay.relayBatch()))).sort()).toEqual([100, 50]);
    expect(new Set(taken.flat()).size).toBe(150);
    await close();
  });

  it('accepts jobs while Redis is stopped, and neither loses nor duplicates one', async () => {
    const replicas = await Promise.all([world.replica(), world.replica()]);
    const { client } = replicas[0];
    await client.signUp();
    const other = client.at(replicas[1].client.url);
    await world.queue.obliterate({ force: true });

    const before = await client.submit();
    await world.redisServer.stop('SIGKILL');
    const during = await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 2 ? client : other).submit()));
    await world.redisServer.start();
    const after = await other.submit();
    await eventually(outboxIsEmpty);

    const answers = [before, ...during, after];
    expect(answers.map(({ status }) => status)).toEqual(Array(42).fill(202));
    expect((await world.queuedIds()).sort()).toEqual(answers.map(({ body }) => body.id).sort());
  });

  it('sends a job again that Redis has lost after confirming it', async () => {
    const { database, queue, close } = await parts();
    const { client } = await world.replica();
    await client.signUp();
    const lost = await client.submit();
    await eventually(outboxIsEmpty);
    await world.redis.flushall();
    const kept = await client.submit();
    await eventually(outboxIsEmpty);
    await world.sql(`UPDATE jobs SET status = 'succeeded' WHERE id <> ALL($1)`, [
      [lost.body.id, kept.body.id],
    ]);

    expect(await requeueLostJobs(database, queue, 0)).toBe(1);
    await eventually(outboxIsEmpty);
    expect((await world.queuedIds()).sort()).toEqual([lost.body.id, kept.body.id].sort());
    expect(await requeueLostJobs(database, queue, 0)).toBe(0);
    await close();
  });

  it('publishes an event for each account, also for one created while the broker was not available', async () => {
    const away = await World.create();
    const proxy = await CuttableProxy.to(inject('rabbitPort'));
    const { client } = await away.replica({
      BROKER_ENDPOINT: `amqp://127.0.0.1:${proxy.port}`,
    });
    const queue = `${away.queuePrefix}events`;
    const isEmpty = async (): Promise<boolean> => (await away.sql('SELECT FROM outbox')).length === 0;
    const first = await client.signUp();
    await eventually(isEmpty);
    await proxy.cut();
    const second = await client.signUp();
    const job = await client.submit();
    await eventually(() => away.queue.getJob(job.body.id));
    expect(await isEmpty()).toBe(false);
    await proxy.restore();
    await eventually(isEmpty);

    const connection = await connect(`amqp://guest:guest@127.0.0.1:${inject('rabbitPort')}`);
    const channel = await connection.createChannel();
    const messages = [];
    for (let got = await channel.get(queue); got; got = await channel.get(queue)) {
      messages.push(JSON.parse(got.content.toString()) as object);
    }
    expect(await channel.checkQueue(`${queue}-dlq`)).toMatchObject({ messageCount: 0 });
    await connection.close();
    expect(messages).toMatchObject(
      [first, second].map(({ user }) => ({
        id: expect.any(String) as string,
        type: 'account.created',
        data: { tenantId: user.tenantId, userId: user.id },
      })),
    );
    await away.destroy();
    await proxy.cut();
  });
});
