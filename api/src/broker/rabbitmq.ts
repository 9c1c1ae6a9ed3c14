import { type ChannelModel, connect, type ConfirmChannel } from 'amqplib';
import type { RabbitConfig } from '../config.ts';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { within } from '../timers.ts';
import type { Broker, BrokerMessage } from './broker.ts';

interface Link {
  connection: ChannelModel;
  channel: ConfirmChannel;
}

const CONNECT_MS = 3_000;
const CONFIRM_MS = 5_000;

/** RabbitMQ: declares its queues, publishes with confirms, connects again when next needed. */
export class RabbitBroker implements Broker {
  readonly #config: RabbitConfig;
  readonly #queues: readonly string[];
  readonly #logger: Logger;
  #link: Promise<Link> | undefined;

  constructor(config: RabbitConfig, queues: readonly string[], logger: Logger) {
    this.#config = config;
    this.#queues = queues;
    this.#logger = logger;
  }

  async publish(queue: string, message: BrokerMessage): Promise<void> {
    await this.#use((channel) => within(CONFIRM_MS, send(channel, this.#name(queue), message)));
  }

  async check(): Promise<void> {
    await this.#use(async (channel) => {
      for (const queue of this.#queues) await channel.checkQueue(this.#name(queue));
    });
  }

  async close(): Promise<void> {
    const link = await this.#link?.catch(() => undefined);
    await link?.connection.close().catch(() => undefined);
  }

  #name(queue: string): string {
    return `${this.#config.queuePrefix}${queue}`;
  }

  /** A link on which something failed is not used again. */
  async #use(work: (channel: ConfirmChannel) => Promise<void>): Promise<void> {
    const link = (this.#link ??= this.#open());
    try {
      await work((await link).channel);
    } catch (error) {
      this.#forget(link);
      link.then(({ connection }) => connection.close()).catch(() => undefined);
      throw new Unavailable('broker', error);
    }
  }

  #open(): Promise<Link> {
    const link = this.#connect();
    const forget = (): void => {
      this.#forget(link);
    };
    link.then(({ connection, channel }) => {
      connection.on('close', forget);
      channel.on('close', forget);
    }, forget);
    return link;
  }

  #forget(link: Promise<Link>): void {
    if (this.#link === link) this.#link = undefined;
  }

  async #connect(): Promise<Link> {
    const url = new URL(this.#config.endpoint);
    url.username = encodeURIComponent(this.#config.username);
    url.password = encodeURIComponent(this.#config.password);
    url.searchParams.set('heartbeat', '15');
    const connection = await connect(url.href, { timeout: CONNECT_MS, servername: url.hostname });
    connection.on('error', this.#warn);
    try {
      const channel = await connection.createConfirmChannel();
      channel.on('error', this.#warn);
      for (const queue of this.#queues) await declare(channel, this.#name(queue));
      return { connection, channel };
    } catch (error) {
      await connection.close().catch(() => undefined);
      throw error;
    }
  }

  readonly #warn = (error: Error): void => {
    this.#logger.warn({ err: error }, 'the broker connection failed');
  };
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

/** The broker confirms a message that no queue takes as well, after it has sent it back. */
function send(channel: ConfirmChannel, queue: string, message: BrokerMessage): Promise<void> {
  const options = {
    persistent: true,
    mandatory: true,
    messageId: message.id,
    contentType: 'application/json',
  };
  return new Promise((resolve, reject) => {
    let returned = false;
    const notice = (back: { properties: { messageId?: unknown } }): void => {
      returned ||= back.properties.messageId === message.id;
    };
    channel.on('return', notice);
    channel.sendToQueue(queue, Buffer.from(JSON.stringify(message)), options, (error: unknown) => {
      channel.off('return', notice);
      if (error instanceof Error) reject(error);
      else if (error !== null && error !== undefined) reject(new Error('the broker refused the message'));
      else if (returned) reject(new Error('no queue took the message'));
      else resolve();
    });
  });
}
