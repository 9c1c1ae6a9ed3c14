import {
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SqsConfig } from '../config.ts';
import type { Broker, BrokerMessage } from './broker.ts';

/** SQS: the platform creates the queues; the task role provides the credentials. */
export class SqsBroker implements Broker {
  readonly #client: SQSClient;
  readonly #prefix: string;
  readonly #queues: readonly string[];
  readonly #urls = new Map<string, string>();

  constructor(config: SqsConfig, queues: readonly string[]) {
    this.#client = new SQSClient({ endpoint: config.endpoint, region: config.region, maxAttempts: 2 });
    this.#prefix = config.queuePrefix;
    this.#queues = queues;
  }

  async publish(queue: string, message: BrokerMessage): Promise<void> {
    const command = new SendMessageCommand({
      QueueUrl: await this.#url(queue),
      MessageBody: JSON.stringify(message),
    });
    await this.#client.send(command, { abortSignal: AbortSignal.timeout(5_000) });
  }

  async check(): Promise<void> {
    for (const queue of this.#queues) {
      const command = new GetQueueAttributesCommand({
        QueueUrl: await this.#url(queue),
        AttributeNames: ['QueueArn'],
      });
      await this.#client.send(command, { abortSignal: AbortSignal.timeout(1_000) });
    }
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  async #url(queue: string): Promise<string> {
    const known = this.#urls.get(queue);
    if (known !== undefined) return known;
    const command = new GetQueueUrlCommand({ QueueName: `${this.#prefix}${queue}` });
    const { QueueUrl } = await this.#client.send(command, { abortSignal: AbortSignal.timeout(1_000) });
    if (QueueUrl === undefined) throw new Error(`no URL of queue ${queue}`);
    this.#urls.set(queue, QueueUrl);
    return QueueUrl;
  }
}
