import {
  CreateQueueCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { eventually } from './support/processes.ts';
import { type Replica, World } from './support/world.ts';

const port = inject('skipReason') ? inject('skipReason') : inject('sqsPort');

describe.skipIf(typeof port === 'string')('with SQS', () => {
  const endpoint = `http://127.0.0.1:${port}`;
  const sqs = new SQSClient({
    endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  let world: World;
  let replica: Replica;

  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    world = await World.create();
    replica = await world.startingReplica({
      BROKER_KIND: 'sqs',
      BROKER_ENDPOINT: endpoint,
      AWS_REGION: 'eu-west-1',
    });
  });

  afterAll(() => world.destroy());

  it('is ready once its queue exists, and retains events until then', async () => {
    const QueueName = `${world.queuePrefix}events`;
    const { user } = await replica.client.signUp();
    expect((await replica.client.get<object>('/readyz')).body).toMatchObject({
      checks: { broker: 'failed' },
    });

    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));
    await eventually(async () => (await replica.client.get('/readyz')).status === 200);
    const message = await eventually(async () => {
      const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
      return Messages?.[0]?.Body;
    });
    expect(JSON.parse(message)).toMatchObject({
      type: 'account.created',
      data: { tenantId: user.tenantId, userId: user.id },
    });
    await eventually(async () => (await world.sql('SELECT FROM outbox')).length === 0);

    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    expect((await replica.client.get('/readyz')).status).toBe(503);
  });
});
