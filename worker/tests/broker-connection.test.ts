import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';
import { beforeEach, describe, inject, it } from 'vitest';
import { type Broker, connectBroker } from '../src/broker/broker.ts';
import { createLogger } from '../src/observability/logger.ts';
import { CASES, type LogLine, runCase } from '../../api/tests/support/broker-connection.ts';

describe.skipIf(inject('skipReason'))('the client of RabbitMQ', () => {
  let lines: LogLine[];
  let queuePrefix: string;

  beforeEach(() => {
    lines = [];
    queuePrefix = `test-${randomUUID()}-`;
  });

  const connectClient = (port: number): Promise<Broker> => {
    const logger = createLogger(
      { environment: 'local', service: 'worker', version: '1', logLevel: 'info' },
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
});
