import type { BrokerConfig } from '../config.ts';
import type { Logger } from '../observability/logger.ts';

export interface BrokerMessage {
  id: string;
  type: string;
  occurredAt: string;
  requestId: string;
  data: Record<string, unknown>;
}

export interface Broker {
  /** Resolves when the broker has taken responsibility for the message. */
  publish(queue: string, message: BrokerMessage): Promise<void>;
  /** Rejects while the broker cannot take messages. */
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
    return new SqsBroker(config, queues);
  }
  const { RabbitBroker } = await import('./rabbitmq.ts');
  return new RabbitBroker(config, queues, logger);
}
