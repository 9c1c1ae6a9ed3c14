import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { setImmediate } from 'node:timers/promises';
import { connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Broker, connectBroker } from '../src/broker/broker.ts';
import type { BrokerConfig } from '../src/config.ts';
import { Poison } from '../src/errors.ts';
import { createLogger } from '../src/observability/logger.ts';
import type { BrokerMessage } from '../src/messages.ts';
import { eventually } from './support/processes.ts';

interface Backend {
  config(queuePrefix: string): BrokerConfig;
  /** Creates the queues that the platform creates. */
  prepare(queue: string): Promise<void>;
  sendRaw(queue: string, body: string): Promise<void>;
  take(queue: string): Promise<string | undefined>;
  /** Messages waiting and in progress. */
  count(queue: string): Promise<number>;
}

const lines: string[] = [];
const logger = createLogger(
  { environment: 'local', service: 'worker', version: '1', logLevel: 'info' },
  { write: (line) => lines.push(line) },
);
const skipReason = inject('skipReason');
const sqsPort = inject('sqsPort');

function rabbit(): Backend {
  const address = `127.0.0.1:${inject('rabbitPort')}`;
  const ask = async <Result>(
    work: (
      channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createConfirmChannel']>>,
    ) => Promise<Result>,
  ): Promise<Result> => {
    const connection = await connect(`amqp://guest:guest@${address}`);
    try {
      return await work(await connection.createConfirmChannel());
    } finally {
      await connection.close();
    }
  };
  return {
    config: (queuePrefix) => ({
      kind: 'rabbitmq',
      endpoint: `amqp://${address}`,
      queuePrefix,
      username: 'guest',
      password: 'guest',
    }),
    prepare: () => Promise.resolve(),
    sendRaw: (queue, body) =>
      ask(async (channel) => {
        channel.sendToQueue(queue, Buffer.from(body));
        await channel.waitForConfirms();
      }),
    take: (queue) =>
      ask(async (channel) => {
        const message = await channel.get(queue, { noAck: true });
        return message === false ? undefined : message.content.toString();
      }),
    count: (queue) => ask(async (channel) => (await channel.checkQueue(queue)).messageCount),
  };
}

function sqs(): Backend {
  const endpoint = `http://127.0.0.1:${sqsPort}`;
  const client = new SQSClient({ endpoint, region: 'eu-west-1' });
  const url = (queue: string): string => `${endpoint}/123456789012/${queue}`;
  return {
    config: (queuePrefix) => ({ kind: 'sqs', endpoint, queuePrefix, region: 'eu-west-1' }),
    prepare: async (queue) => {
      await client.send(new CreateQueueCommand({ QueueName: `${queue}-dlq` }));
      const policy = {
        deadLetterTargetArn: `arn:aws:sqs:eu-west-1:123456789012:${queue}-dlq`,
        maxReceiveCount: 3,
      };
      const Attributes = { RedrivePolicy: JSON.stringify(policy) };
      await client.send(new CreateQueueCommand({ QueueName: queue, Attributes }));
    },
    sendRaw: async (queue, body) => {
      await client.send(new SendMessageCommand({ QueueUrl: url(queue), MessageBody: body }));
    },
    take: async (queue) => {
      const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl: url(queue) }));
      return Messages?.[0]?.Body;
    },
    count: async (queue) => {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: url(queue), AttributeNames: ['All'] }),
      );
      return (
        Number(Attributes?.ApproximateNumberOfMessages) +
        Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
      );
    },
  };
}

describe.each([
  ['RabbitMQ', rabbit, skipReason !== ''],
  ['SQS', sqs, skipReason !== '' || typeof sqsPort === 'string'],
])('%s', (_, createBackend, isSkipped) => {
  describe.skipIf(isSkipped)('as the broker', () => {
    let backend: Backend;
    let broker: Broker;
    let prefix: string;
    let queue: string;

    beforeEach(async () => {
      prefix = `test-${randomUUID()}-`;
      queue = `${prefix}events`;
      backend = createBackend();
      await backend.prepare(queue);
      broker = await connectBroker(backend.config(prefix), ['events'], logger);
      await eventually(async () => (await broker.check(), true));
    });

    afterEach(() => broker.close());

    const send = (message: BrokerMessage): Promise<void> => backend.sendRaw(queue, JSON.stringify(message));
    const message = (): BrokerMessage => ({
      id: randomUUID(),
      type: 'account.created',
      occurredAt: new Date().toISOString(),
      requestId: randomUUID(),
      data: { tenantId: randomUUID() },
    });

    it('delivers a message to its consumer, and deletes it once it is handled', async () => {
      const sent = [message(), message(), message()];
      const received: BrokerMessage[] = [];
      for (const each of sent) await send(each);
      const subscription = broker.consume('events', (each) => {
        received.push(each);
        return Promise.resolve();
      });
      await eventually(() => received.length >= 3);
      await subscription.stop();

      const order = (one: BrokerMessage, other: BrokerMessage): number => (one.id < other.id ? -1 : 1);
      expect(received.toSorted(order)).toEqual(sent.toSorted(order));
      expect(await backend.count(queue)).toBe(0);
    });

    it.each([
      ['before', () => Promise.resolve()],
      ['during', () => setImmediate()],
    ])('receives nothing after a stop %s its subscription', async (_when, wait) => {
      await broker.check();
      const received: BrokerMessage[] = [];
      const subscription = broker.consume('events', (each) => {
        received.push(each);
        return Promise.resolve();
      });
      await wait();
      await subscription.stop();
      await broker.check();
      const sent = message();
      await send(sent);
      const waiting = await eventually(async () => received.length > 0 || backend.take(queue));

      expect(received).toEqual([]);
      expect(JSON.parse(String(waiting))).toEqual(sent);
    });

    it('returns a message in progress to the queue at a stop', async () => {
      const sent = message();
      await send(sent);
      const inProgress = Promise.withResolvers<undefined>();
      const subscription = broker.consume('events', async (_message, signal) => {
        inProgress.resolve(undefined);
        await new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reject(new Error('stopped'));
          });
        });
      });
      await inProgress.promise;
      await subscription.stop();

      expect(JSON.parse(await eventually(() => backend.take(queue)))).toEqual(sent);
    });

    it('delivers a failed message again, and makes it a dead letter after its last delivery', async () => {
      const sent = message();
      let deliveries = 0;
      const subscription = broker.consume('events', () => {
        deliveries++;
        return Promise.reject(new Error('not this time'));
      });
      await send(sent);
      const dead = await eventually(() => backend.take(`${queue}-dlq`));
      await subscription.stop();

      expect(JSON.parse(dead)).toEqual(sent);
      expect(deliveries).toBe(createBackend === rabbit ? 5 : 3);
      expect(await backend.count(queue)).toBe(0);
    });

    it('makes poison messages dead letters and goes on', async () => {
      const handled: string[] = [];
      const subscription = broker.consume('events', (each) => {
        if (each.type === 'poison') return Promise.reject(new Poison('unknown type'));
        handled.push(each.id);
        return Promise.resolve();
      });
      const good = message();
      await backend.sendRaw(queue, 'no JSON');
      await backend.sendRaw(queue, JSON.stringify({ ...message(), type: 'poison' }));
      await send(good);
      await eventually(async () => (await backend.count(`${queue}-dlq`)) === 2);
      await eventually(() => handled.length > 0);
      await subscription.stop();

      expect(handled).toEqual([good.id]);
      expect(await backend.count(queue)).toBe(0);
    });
  });
});
