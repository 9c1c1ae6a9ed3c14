import type { ConfirmChannel } from 'amqplib';
import type { RabbitConfig } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import type { Broker, BrokerMessage } from './broker.ts';
import { RabbitConnection } from './rabbitmq-connection.ts';

/** RabbitMQ: declares its queues and publishes with confirms. */
export class RabbitBroker implements Broker {
  readonly #prefix: string;
  readonly #queues: readonly string[];
  readonly #connection: RabbitConnection;

  constructor(config: RabbitConfig, queues: readonly string[], logger: Logger) {
    this.#prefix = config.queuePrefix;
    this.#queues = queues;
    this.#connection = new RabbitConnection(config, (channel) => this.#declareAll(channel), logger);
  }

  async publish(queue: string, message: BrokerMessage): Promise<void> {
    await this.#connection.use((channel) => send(channel, this.#name(queue), message));
  }

  async check(): Promise<void> {
    await this.#connection.use(async (channel) => {
      for (const queue of this.#queues) await channel.checkQueue(this.#name(queue));
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #declareAll(channel: ConfirmChannel): Promise<void> {
    for (const queue of this.#queues) await declare(channel, this.#name(queue));
  }

  #name(queue: string): string {
    return `${this.#prefix}${queue}`;
  }
}

async function declare(channel: ConfirmChannel, name: string): Promise<void> {
  const deadLetters = `${name}-dlq`;
  await channel.assertQueue(deadLetters, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.assertQueue(name, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': deadLetters,
    },
  });
}

/** The broker confirms a message that it could not route as well, after it has returned it. */
function send(channel: ConfirmChannel, queue: string, message: BrokerMessage): Promise<void> {
  const options = {
    persistent: true,
    mandatory: true,
    messageId: message.id,
    contentType: 'application/json',
  };
  return new Promise((resolve, reject) => {
    let isReturned = false;
    const onReturn = (returned: { properties: { messageId?: unknown } }): void => {
      isReturned ||= returned.properties.messageId === message.id;
    };
    channel.on('return', onReturn);
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(message)), options, (error: unknown) => {
      channel.off('return', onReturn);
      if (error instanceof Error) reject(error);
      else if (error !== null && error !== undefined) reject(new Error('the broker rejected the message'));
      else if (isReturned) reject(new Error('the broker has no such queue'));
      else resolve();
    });
  });
}
