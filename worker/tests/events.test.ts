import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from './support/processes.ts';
import { accountCreated, World } from './support/world.ts';

const skipReason = inject('skipReason');
const sqsPort = inject('sqsPort');

describe.skipIf(skipReason)('an event of the backend', () => {
  let world: World;

  beforeAll(async () => {
    world = await World.create();
  });

  afterEach(() => world.stopWorkers());
  afterAll(() => world.destroy());

  const counted = async (url: string, outcome: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = `broker_messages_total{queue="events",outcome="${outcome}",service="worker"} `;
    return Number(text.split(line)[1]?.split('\n')[0] ?? 0);
  };
  const ready = async (): Promise<string> => {
    const { url } = await world.worker();
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);
    return url;
  };

  it('submits one welcome job for an account, however often it is delivered', async () => {
    const url = await ready();
    const message = accountCreated(world.tenantId);
    await world.publish(message, message, { ...message, id: randomUUID() });
    await eventually(async () => (await counted(url, 'received')) + (await counted(url, 'repeated')) === 3);

    expect(await counted(url, 'repeated')).toBe(1);
    const jobs = await world.sql<{ id: string }>(
      'SELECT id, kind, origin, created_by AS "createdBy", request_id AS "requestId" FROM jobs WHERE idempotency_key = $1',
      [`welcome:${String(message.data.userId)}`],
    );
    expect(jobs).toEqual([
      {
        id: jobs[0]?.id,
        kind: 'text.statistics',
        origin: 'welcome',
        createdBy: message.data.userId,
        requestId: message.requestId,
      },
    ]);
    const outbox = await world.sql<{ message: Record<string, string> }>(
      "DELETE FROM outbox WHERE destination = 'queue:jobs' RETURNING message",
    );
    expect(outbox.map((row) => row.message)).toEqual([
      {
        jobId: jobs[0]?.id,
        tenantId: world.tenantId,
        kind: 'text.statistics',
        requestId: message.requestId,
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/) as string,
      },
    ]);
    await world.queue.add('text.statistics', outbox[0]?.message, { jobId: jobs[0]?.id ?? '' });
    expect(await world.reached(jobs[0]?.id ?? '', 'succeeded')).toMatchObject({ result: { words: 6 } });
  });

  it('becomes a dead letter when its type is unknown or its data are invalid, and changes nothing', async () => {
    await ready();
    await world.publish(
      { ...accountCreated(world.tenantId), type: 'account.closed' },
      accountCreated('somebody'),
    );
    const dead = await eventually(async () => {
      const messages = await world.drain('events-dlq');
      return messages.length > 0 ? messages : undefined;
    });
    if (dead.length < 2) await eventually(async () => (await world.drain('events-dlq')).length > 0);
    await world.stopWorkers();

    expect(await world.drain('events')).toEqual([]);
    expect(await world.sql("SELECT FROM outbox WHERE destination = 'queue:jobs'")).toEqual([]);
  });

  it('is deleted from the received messages when no broker can deliver it any more', async () => {
    await world.sql(
      "INSERT INTO received_messages VALUES ('old', now() - interval '16 days'), ('new', now())",
    );
    await ready();
    await eventually(
      async () => (await world.sql("SELECT FROM received_messages WHERE id = 'old'")).length === 0,
    );

    expect(await world.sql("SELECT FROM received_messages WHERE id = 'new'")).toHaveLength(1);
  });

  it.skipIf(typeof sqsPort === 'string')('is received through SQS as well', async () => {
    const endpoint = `http://127.0.0.1:${sqsPort}`;
    const client = new SQSClient({ endpoint, region: 'eu-west-1' });
    const worker = await world.worker({
      BROKER_KIND: 'sqs',
      BROKER_ENDPOINT: endpoint,
      AWS_REGION: 'eu-west-1',
    });
    await eventually(async () => (await fetch(`${worker.url}/readyz`)).status === 503);
    const command = new CreateQueueCommand({ QueueName: `${world.queuePrefix}events` });
    const { QueueUrl } = await client.send(command);
    await eventually(async () => (await fetch(`${worker.url}/readyz`)).ok);
    const message = accountCreated(world.tenantId);
    for (let times = 0; times < 2; times++) {
      await client.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
    }
    await eventually(async () => (await counted(worker.url, 'repeated')) === 1);
    expect(await counted(worker.url, 'received')).toBe(1);
    const key = `welcome:${String(message.data.userId)}`;
    expect(await world.sql('SELECT FROM jobs WHERE idempotency_key = $1', [key])).toHaveLength(1);
  });
});
