import type { BrokerConfig } from '../config.ts';
import { Poison } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { type BrokerMessage, isBrokerMessage } from '../messages.ts';

/**
 * Resolves when the message is handled. Rejects with Poison if the message must become a dead letter, with anything else
 * if it should be delivered again. The signal says that the consumer stops.
 */
export type Handler = (message: BrokerMessage, signal: AbortSignal) => Promise<void>;

export interface Subscription {
  /** Takes no more messages and waits for those in progress. */
  stop(): Promise<void>;
}

export interface Broker {
  /** Consumes until it is stopped, also after an outage of the broker. */
  consume(queue: string, handle: Handler): Subscription;
  /** Rejects while the broker cannot deliver messages. */
  check(): Promise<void>;
  close(): Promise<void>;
}

export async function connectBroker(
  config: BrokerConfig,
  queues: readonly string[],
  logger: Logger,
): Promise<Broker> {
  if (config.kind === 'sqs') {
    const { SqsBroker } = await import('./sqs.ts');
    return new SqsBroker(config, queues, logger);
  }
  const { RabbitBroker } = await import('./rabbitmq.ts');
  return new RabbitBroker(config, queues, logger);
}

export function parseMessage(text: string): BrokerMessage {
  const message = parseJson(text);
  if (!isBrokerMessage(message)) throw new Poison('the message has an unknown format');
  return message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
