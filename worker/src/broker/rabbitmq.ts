import { type ChannelModel, connect, type Channel, type ConsumeMessage } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import type { RabbitConfig } from '../config.ts';
import { Poison, Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff } from '../timers.ts';
import { type Broker, type Handler, parseMessage, type Subscription } from './broker.ts';

interface Link {
  connection: ChannelModel;
  channel: Channel;
  ended: Promise<void>;
}

const CONNECT_MS = 3_000;
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;
const PREFETCH = 10;
const REDELIVERY_MS = 1_000;
/** Quorum queues count deliveries, also those that ended with the consumer's death. */
const DELIVERIES = 5;

/** RabbitMQ: declares its queues, consumes and connects again for ever. */
export class RabbitBroker implements Broker {
  readonly #config: RabbitConfig;
  readonly #queues: readonly string[];
  readonly #logger: Logger;
  readonly #consumers = new Set<RabbitConsumer>();
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #link: Link | undefined;

  constructor(config: RabbitConfig, queues: readonly string[], logger: Logger) {
    this.#config = config;
    this.#queues = queues;
    this.#logger = logger;
    this.#running = this.#stayConnected();
  }

  consume(queue: string, handle: Handler): Subscription {
    const consumer = new RabbitConsumer(this.#name(queue), handle, this.#logger);
    this.#consumers.add(consumer);
    if (this.#link) this.#subscribe(this.#link, consumer).catch(this.#warn);
    return {
      stop: () => {
        this.#consumers.delete(consumer);
        return consumer.stop();
      },
    };
  }

  async check(): Promise<void> {
    const { channel } = this.#connected();
    for (const queue of this.#queues) await channel.checkQueue(this.#name(queue)).catch(fail);
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.#link?.connection.close().catch(() => undefined);
    await this.#running;
  }

  #name(queue: string): string {
    return `${this.#config.queuePrefix}${queue}`;
  }

  #connected(): Link {
    if (this.#link) return this.#link;
    throw new Unavailable('broker', new Error('not connected'));
  }

  async #stayConnected(): Promise<void> {
    let failures = 0;
    while (!this.#end.signal.aborted) {
      try {
        this.#link = await this.#connect();
        if (failures > 0) this.#logger.info('the broker is available again');
        failures = 0;
        await this.#link.ended;
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#warn(error);
      }
      this.#link = undefined;
      const pause = backoff(failures + 1, FIRST_RETRY_MS, LAST_RETRY_MS);
      await delay(pause, undefined, { signal: this.#end.signal }).catch(() => undefined);
    }
  }

  async #connect(): Promise<Link> {
    const url = new URL(this.#config.endpoint);
    url.username = encodeURIComponent(this.#config.username);
    url.password = encodeURIComponent(this.#config.password);
    url.searchParams.set('heartbeat', '15');
    const connection = await connect(url.href, { timeout: CONNECT_MS, servername: url.hostname });
    connection.on('error', this.#warn);
    try {
      const channel = await connection.createChannel();
      channel.on('error', this.#warn);
      const link = { connection, channel, ended: ended(connection, channel) };
      for (const queue of this.#queues) await declare(channel, this.#name(queue));
      await channel.prefetch(PREFETCH);
      for (const consumer of this.#consumers) await this.#subscribe(link, consumer);
      return link;
    } catch (error) {
      await connection.close().catch(() => undefined);
      throw error;
    }
  }

  /** A consumer that the broker cancels, because its queue went away, takes the link with it. */
  async #subscribe({ connection, channel }: Link, consumer: RabbitConsumer): Promise<void> {
    await consumer.subscribe(channel, () => {
      connection.close().catch(() => undefined);
    });
  }

  readonly #warn = (error: unknown): void => {
    if (!this.#end.signal.aborted) this.#logger.warn({ err: error }, 'the broker connection failed');
  };
}

class RabbitConsumer {
  readonly #queue: string;
  readonly #handle: Handler;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #inHand = new Set<Promise<void>>();
  #cancel: () => Promise<unknown> = () => Promise.resolve();

  constructor(queue: string, handle: Handler, logger: Logger) {
    this.#queue = queue;
    this.#handle = handle;
    this.#logger = logger;
  }

  async subscribe(channel: Channel, onCancelled: () => void): Promise<void> {
    const { consumerTag } = await channel.consume(this.#queue, (delivery) => {
      if (!delivery) {
        onCancelled();
        return;
      }
      const work = this.#deliver(channel, delivery);
      this.#inHand.add(work);
      void work.finally(() => this.#inHand.delete(work));
    });
    this.#cancel = () => channel.cancel(consumerTag);
  }

  async stop(): Promise<void> {
    await this.#cancel().catch(() => undefined);
    this.#stop.abort();
    await Promise.all(this.#inHand);
  }

  /** Never rejects: an answer that cannot be sent is a message that comes again. */
  async #deliver(channel: Channel, delivery: ConsumeMessage): Promise<void> {
    const answer = await this.#process(delivery);
    try {
      answer(channel);
    } catch (error) {
      this.#logger.info({ err: error, queue: this.#queue }, 'a message was not acknowledged');
    }
  }

  async #process(delivery: ConsumeMessage): Promise<(channel: Channel) => void> {
    try {
      await this.#handle(parseMessage(delivery.content.toString()), this.#stop.signal);
      return (channel) => {
        channel.ack(delivery);
      };
    } catch (error) {
      if (this.#stop.signal.aborted) return requeue(delivery, true);
      const isLast = error instanceof Poison || deliveries(delivery) >= DELIVERIES;
      this.#logger.warn({ err: error, queue: this.#queue, setAside: isLast }, 'a message failed');
      if (!isLast)
        await delay(REDELIVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      return requeue(delivery, !isLast);
    }
  }
}

function requeue(delivery: ConsumeMessage, again: boolean): (channel: Channel) => void {
  return (channel) => {
    channel.nack(delivery, false, again);
  };
}

/** How often the message was delivered, this time included. */
function deliveries(delivery: ConsumeMessage): number {
  const before: unknown = delivery.properties.headers?.['x-delivery-count'];
  return (typeof before === 'number' ? before : 0) + 1;
}

function ended(connection: ChannelModel, channel: Channel): Promise<void> {
  return new Promise((resolve) => {
    connection.once('close', () => {
      resolve();
    });
    channel.once('close', () => {
      connection.close().catch(() => undefined);
      resolve();
    });
  });
}

async function declare(channel: Channel, name: string): Promise<void> {
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

function fail(error: unknown): never {
  throw new Unavailable('broker', error);
}
