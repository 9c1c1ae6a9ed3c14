import type { BrokerConfig } from '../config.ts';
import { Poison } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { type BrokerMessage, isBrokerMessage } from '../messages.ts';

/**
 * Resolves when the message needs nobody any more. Rejects with Poison when it must be set aside, with anything else
 * when it should come again. The signal ends waiting.
 */
export type Handler = (message: BrokerMessage, signal: AbortSignal) => Promise<void>;

export interface Subscription {
  /** Takes nothing more and waits for what is in hand. */
  stop(): Promise<void>;
}

export interface Broker {
  /** Takes messages from now on, also after the broker was away. */
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
  if (!isBrokerMessage(message)) throw new Poison('not a message of ours');
  return message;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
