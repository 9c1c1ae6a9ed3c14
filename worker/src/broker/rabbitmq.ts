import type { Channel, ConsumeMessage } from 'amqplib';
import { setTimeout as delay } from 'node:timers/promises';
import type { RabbitConfig } from '../config.ts';
import { Poison } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { type Broker, type Handler, parseMessage, type Subscription } from './broker.ts';
import { RabbitConnection } from './rabbitmq-connection.ts';

const PREFETCH = 10;
const REDELIVERY_MS = 1_000;
/** Quorum queues count deliveries, including those that ended with the consumer's death. */
const DELIVERIES = 5;

/** RabbitMQ: declares its queues and consumes with acknowledgements. */
export class RabbitBroker implements Broker {
  readonly #prefix: string;
  readonly #queues: readonly string[];
  readonly #logger: Logger;
  readonly #consumers = new Set<RabbitConsumer>();
  readonly #connection: RabbitConnection;

  constructor(config: RabbitConfig, queues: readonly string[], logger: Logger) {
    this.#prefix = config.queuePrefix;
    this.#queues = queues;
    this.#logger = logger;
    this.#connection = new RabbitConnection(config, (channel) => this.#prepare(channel), logger);
  }

  consume(queue: string, handle: Handler): Subscription {
    const consumer = new RabbitConsumer(this.#name(queue), handle, this.#logger);
    this.#consumers.add(consumer);
    // Where this fails, the next channel is prepared with the consumer.
    this.#connection
      .use(async (channel) => {
        if (this.#consumers.has(consumer)) await consumer.subscribe(channel);
      })
      .catch(() => undefined);
    return {
      stop: () => {
        this.#consumers.delete(consumer);
        return consumer.stop();
      },
    };
  }

  async check(): Promise<void> {
    await this.#connection.use(async (channel) => {
      for (const queue of this.#queues) await channel.checkQueue(this.#name(queue));
    });
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #prepare(channel: Channel): Promise<void> {
    for (const queue of this.#queues) await declare(channel, this.#name(queue));
    await channel.prefetch(PREFETCH);
    for (const consumer of this.#consumers) await consumer.subscribe(channel);
  }

  #name(queue: string): string {
    return `${this.#prefix}${queue}`;
  }
}

class RabbitConsumer {
  readonly #queue: string;
  readonly #handle: Handler;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #inProgress = new Set<Promise<void>>();
  #channel: Channel | undefined;
  #cancel: () => Promise<unknown> = () => Promise.resolve();

  constructor(queue: string, handle: Handler, logger: Logger) {
    this.#queue = queue;
    this.#handle = handle;
    this.#logger = logger;
  }

  /** Does nothing on a channel that it has subscribed on before. */
  async subscribe(channel: Channel): Promise<void> {
    if (this.#channel === channel) return;
    this.#channel = channel;
    const subscription = channel.consume(this.#queue, (delivery) => {
      if (delivery) this.#receive(channel, delivery);
      // The broker cancels a consumer whose queue is deleted; a new channel declares the queue again.
      else channel.close().catch(() => undefined);
    });
    this.#cancel = async () => channel.cancel((await subscription).consumerTag);
    await subscription;
  }

  /** Also ends a subscription in progress. Messages in progress may be finished, or are returned to the queue. */
  async stop(): Promise<void> {
    await this.#cancel().catch(() => undefined);
    this.#stop.abort();
    await Promise.all(this.#inProgress);
  }

  #receive(channel: Channel, delivery: ConsumeMessage): void {
    const work = this.#deliver(channel, delivery);
    this.#inProgress.add(work);
    void work.finally(() => this.#inProgress.delete(work));
  }

  /** Never rejects: a message that cannot be acknowledged is delivered again. */
  async #deliver(channel: Channel, delivery: ConsumeMessage): Promise<void> {
    const settle = await this.#process(delivery);
    try {
      settle(channel);
    } catch (error) {
      this.#logger.info({ err: error, queue: this.#queue }, 'message acknowledgement failed');
    }
  }

  async #process(delivery: ConsumeMessage): Promise<(channel: Channel) => void> {
    try {
      await this.#handle(parseMessage(delivery.content.toString()), this.#stop.signal);
      return (channel) => {
        channel.ack(delivery);
      };
    } catch (error) {
      if (this.#stop.signal.aborted) return reject(delivery, { requeue: true });
      const isLast = error instanceof Poison || deliveries(delivery) >= DELIVERIES;
      this.#logger.warn({ err: error, queue: this.#queue, setAside: isLast }, 'message failed');
      if (!isLast)
        await delay(REDELIVERY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      return reject(delivery, { requeue: !isLast });
    }
  }
}

function reject(delivery: ConsumeMessage, { requeue }: { requeue: boolean }): (channel: Channel) => void {
  return (channel) => {
    channel.nack(delivery, false, requeue);
  };
}

/** How often the message was delivered, this time included. */
function deliveries(delivery: ConsumeMessage): number {
  const before: unknown = delivery.properties.headers?.['x-delivery-count'];
  return (typeof before === 'number' ? before : 0) + 1;
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
