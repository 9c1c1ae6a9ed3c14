import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type Broker, connectBroker } from '../src/broker/broker.ts';
import { createLogger } from '../src/observability/logger.ts';
import { CASES, type LogLine, runCase } from './support/broker-connection.ts';
import { eventually } from './support/processes.ts';

describe.skipIf(inject('skipReason'))('the client of RabbitMQ', () => {
  let lines: LogLine[];
  let queuePrefix: string;

  beforeEach(() => {
    lines = [];
    queuePrefix = `test-${randomUUID()}-`;
  });

  const connectClient = (port: number): Promise<Broker> => {
    const logger = createLogger(
      { environment: 'local', service: 'backend', version: '1', logLevel: 'info' },
      { write: (line) => lines.push(JSON.parse(line) as LogLine) },
    );
    const endpoint = `amqp://127.0.0.1:${port}`;
    return connectBroker(
      { kind: 'rabbitmq', endpoint, queuePrefix, username: 'guest', password: 'guest' },
      ['events'],
      logger,
    );
  };
  const deleteQueue = async (): Promise<void> => {
    const connection = await connect(`amqp://guest:guest@127.0.0.1:${inject('rabbitPort')}`);
    await (await connection.createChannel()).deleteQueue(`${queuePrefix}events`);
    await connection.close();
  };

  it.each(Object.entries(CASES))('%s', async (_, run) => {
    const setting = {
      connect: connectClient,
      lines: () => lines.map(({ level, msg }) => ({ level, msg })),
      deleteQueue,
    };
    await runCase(run, setting, inject('rabbitPort'));
  });

  describe('that publishes', () => {
    let broker: Broker;

    beforeEach(async () => {
      broker = await connectClient(inject('rabbitPort'));
    });

    afterEach(() => broker.close());

    const message = {
      id: randomUUID(),
      type: 'account.created',
      occurredAt: new Date().toISOString(),
      requestId: randomUUID(),
      data: {},
    };

    it('rejects a message for a queue that does not exist', async () => {
      await expect(broker.publish('nowhere', message)).rejects.toThrow('broker is not available');
      await eventually(async () => (await broker.check(), true));
    });

    it('publishes as soon as it has connected', async () => {
      await broker.publish('events', message);

      expect(lines).toEqual([]);
    });
  });
});
