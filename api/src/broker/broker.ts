import type { BrokerConfig } from '../config.ts';
import { Unavailable } from '../errors.ts';
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
    return unavailableOnError(new SqsBroker(config, queues));
  }
  const { RabbitBroker } = await import('./rabbitmq.ts');
  return new RabbitBroker(config, queues, logger);
}

/** Here, because sqs.ts is a bundle of its own (build.js): its classes would be others. */
function unavailableOnError(broker: Broker): Broker {
  const fail = (error: unknown): never => {
    throw new Unavailable('broker', error);
  };
  return {
    publish: (queue, message) => broker.publish(queue, message).catch(fail),
    check: () => broker.check().catch(fail),
    close: () => broker.close(),
  };
}
