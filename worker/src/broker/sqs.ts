import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { setTimeout as delay } from 'node:timers/promises';
import type { SqsConfig } from '../config.ts';
import { Poison, Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff, repeat } from '../timers.ts';
import { type Broker, type Handler, parseMessage, type Subscription } from './broker.ts';

const ANSWER_MS = 5_000;
const CHECK_MS = 1_000;
const LONG_POLL_SECONDS = 20;
const BATCH = 10;
const VISIBILITY_SECONDS = 30;
const HEARTBEAT_MS = 10_000;
const RETRY_BASE_MS = 500;
const RETRY_CAP_MS = 10_000;
const LAST_REDELIVERY_SECONDS = 60;

/** SQS: the platform creates the queues with their redrive policy; the task role provides the credentials. */
export class SqsBroker implements Broker {
  readonly #client: SQSClient;
  readonly #prefix: string;
  readonly #queues: readonly string[];
  readonly #logger: Logger;
  readonly #urls = new Map<string, string>();

  constructor(config: SqsConfig, queues: readonly string[], logger: Logger) {
    this.#client = new SQSClient({ endpoint: config.endpoint, region: config.region, maxAttempts: 2 });
    this.#prefix = config.queuePrefix;
    this.#queues = queues;
    this.#logger = logger;
  }

  consume(queue: string, handle: Handler): Subscription {
    const stop = new AbortController();
    const running = this.#receiveForever(queue, handle, stop.signal);
    return {
      stop: () => {
        stop.abort();
        return running;
      },
    };
  }

  async check(): Promise<void> {
    for (const queue of this.#queues) {
      const command = new GetQueueAttributesCommand({
        QueueUrl: await this.#url(queue),
        AttributeNames: ['QueueArn'],
      });
      await this.#client.send(command, { abortSignal: AbortSignal.timeout(CHECK_MS) }).catch(fail);
    }
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  async #receiveForever(queue: string, handle: Handler, signal: AbortSignal): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const url = await this.#url(queue);
        const messages = await this.#receive(url, signal);
        if (failures > 0) this.#logger.info({ queue }, 'broker connection restored');
        failures = 0;
        await Promise.all(messages.map((message) => this.#deliver(url, message, handle, signal)));
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#warn(error, queue, signal);
        const pause = backoff(failures, RETRY_BASE_MS, RETRY_CAP_MS);
        await delay(pause, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #warn(error: unknown, queue: string, signal: AbortSignal): void {
    if (!signal.aborted) this.#logger.warn({ err: error, queue }, 'broker connection failed');
  }

  async #receive(url: string, signal: AbortSignal): Promise<Message[]> {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: BATCH,
      WaitTimeSeconds: LONG_POLL_SECONDS,
      VisibilityTimeout: VISIBILITY_SECONDS,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    const late = AbortSignal.timeout(LONG_POLL_SECONDS * 1000 + ANSWER_MS);
    const { Messages } = await this.#client.send(command, { abortSignal: AbortSignal.any([signal, late]) });
    return Messages ?? [];
  }

  /** Never rejects: a message that is not deleted is delivered again. */
  async #deliver(url: string, message: Message, handle: Handler, signal: AbortSignal): Promise<void> {
    const heartbeat = this.#keepHidden(url, message);
    try {
      const failure = await handleBody(message, handle, signal);
      await heartbeat.stop();
      if (failure === undefined) await this.#delete(url, message);
      else await this.#release(url, message, failure, signal);
    } catch (error) {
      this.#logger.warn({ err: error, url }, 'message acknowledgement failed');
    }
  }

  #keepHidden(url: string, message: Message): { stop(): Promise<void> } {
    let isFirst = true;
    return repeat(HEARTBEAT_MS, async () => {
      if (!isFirst) await this.#hide(url, message, VISIBILITY_SECONDS).catch(() => undefined);
      isFirst = false;
    });
  }

  /** Poison is visible again at once, so that it soon reaches the redrive policy's limit. */
  async #release(url: string, message: Message, failure: unknown, signal: AbortSignal): Promise<void> {
    const received = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
    const isImmediate = signal.aborted || failure instanceof Poison;
    if (!signal.aborted) this.#logger.warn({ err: failure, url, received }, 'message failed');
    const seconds = Math.min(LAST_REDELIVERY_SECONDS, 2 ** Math.min(received - 1, 10));
    await this.#hide(url, message, isImmediate ? 0 : seconds);
  }

  async #hide(url: string, { ReceiptHandle }: Message, seconds: number): Promise<void> {
    const command = new ChangeMessageVisibilityCommand({
      QueueUrl: url,
      ReceiptHandle,
      VisibilityTimeout: seconds,
    });
    await this.#client.send(command, { abortSignal: AbortSignal.timeout(ANSWER_MS) });
  }

  async #delete(url: string, { ReceiptHandle }: Message): Promise<void> {
    const command = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle });
    await this.#client.send(command, { abortSignal: AbortSignal.timeout(ANSWER_MS) });
  }

  async #url(queue: string): Promise<string> {
    const known = this.#urls.get(queue);
    if (known !== undefined) return known;
    const command = new GetQueueUrlCommand({ QueueName: `${this.#prefix}${queue}` });
    const { QueueUrl } = await this.#client
      .send(command, { abortSignal: AbortSignal.timeout(ANSWER_MS) })
      .catch(fail);
    if (QueueUrl === undefined) throw new Unavailable('broker', new Error(`no URL of queue ${queue}`));
    this.#urls.set(queue, QueueUrl);
    return QueueUrl;
  }
}

/** The handler's error; undefined if it succeeded. */
async function handleBody({ Body = '' }: Message, handle: Handler, signal: AbortSignal): Promise<unknown> {
  try {
    await handle(parseMessage(Body), signal);
    return undefined;
  } catch (error) {
    return error ?? new Error('the handler failed');
  }
}

function fail(error: unknown): never {
  throw new Unavailable('broker', error);
}
