import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { RabbitConfig } from '../config.ts';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';
import { backoff, within } from '../timers.ts';

interface Link {
  channel: Channel;
  /** Resolves with the reason when the link can no longer be used. */
  ended: Promise<Error | undefined>;
  end(reason: Error): void;
}

const CONNECT_MS = 3_000;
const ANSWER_MS = 5_000;
const CLOSE_MS = 2_000;
const RETRY_BASE_MS = 100;
const RETRY_CAP_MS = 5_000;
/** Two without an answer end the connection. RabbitMQ's guide (rabbitmq.com/docs/heartbeats) warns of less than 5 s. */
const HEARTBEAT_SECONDS = 5;

/**
 * A connection to RabbitMQ with one channel, opened again whenever it fails. A use waits for an attempt in progress, and
 * fails at once between two attempts.
 */
export class RabbitConnection {
  readonly #config: RabbitConfig;
  readonly #prepare: (channel: Channel) => Promise<void>;
  readonly #logger: Logger;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #connection: ChannelModel | undefined;
  #link: Promise<Link>;

  /** `prepare` is called with each new channel, before any use of it. */
  constructor(config: RabbitConfig, prepare: (channel: Channel) => Promise<void>, logger: Logger) {
    this.#config = config;
    this.#prepare = prepare;
    this.#logger = logger;
    this.#link = this.#open();
    this.#running = this.#keepOpen();
  }

  /** A link on which something failed is replaced. */
  async use<Result>(work: (channel: Channel) => Promise<Result>): Promise<Result> {
    const opening = this.#link;
    try {
      const { channel } = await opening;
      return await within(ANSWER_MS, work(channel));
    } catch (error) {
      opening.then(
        (link) => {
          link.end(asError(error));
        },
        () => undefined,
      );
      throw new Unavailable('broker', error);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    if (this.#connection) await within(CLOSE_MS, this.#connection.close()).catch(() => undefined);
  }

  /** Logs the first failure of an outage and its end: a connection that lasts for RETRY_CAP_MS. */
  async #keepOpen(): Promise<void> {
    const { signal } = this.#stop;
    let failures = 0;
    for (;;) {
      try {
        const link = await unlessAborted(signal, this.#link);
        if (failures > 0 && (await unlessAborted(signal, lasts(link)))) {
          this.#logger.info('broker connection restored');
          failures = 0;
        }
        throw (await unlessAborted(signal, link.ended)) ?? new Error('connection closed');
      } catch (error) {
        failures += 1;
        if (failures === 1) this.#warn(error);
      }
      const pause = backoff(failures, RETRY_BASE_MS, RETRY_CAP_MS);
      await delay(pause, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      this.#link = this.#open();
    }
  }

  #warn(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#logger.warn({ err: error }, 'broker connection failed');
  }

  async #open(): Promise<Link> {
    const connection = await connect(this.#url(), {
      timeout: CONNECT_MS,
      servername: new URL(this.#config.endpoint).hostname,
    });
    this.#connection = connection;
    const { promise: ended, resolve } = Promise.withResolvers<Error | undefined>();
    connection.on('error', resolve).on('close', resolve);
    void ended.then(() => connection.close()).catch(() => undefined);
    try {
      const channel = await within(ANSWER_MS, connection.createChannel());
      channel.on('error', resolve).on('close', resolve);
      await within(ANSWER_MS, this.#prepare(channel));
      this.#stop.signal.throwIfAborted();
      return { channel, ended, end: resolve };
    } catch (error) {
      resolve(asError(error));
      throw error;
    }
  }

  #url(): string {
    const url = new URL(this.#config.endpoint);
    url.username = encodeURIComponent(this.#config.username);
    url.password = encodeURIComponent(this.#config.password);
    url.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
    return url.href;
  }
}

/** Whether the link can be used for RETRY_CAP_MS. */
function lasts({ ended }: Link): Promise<boolean> {
  return within(RETRY_CAP_MS, ended).then(
    () => false,
    () => true,
  );
}

/** Rejects when the signal is aborted first; the work itself goes on. */
async function unlessAborted<Result>(signal: AbortSignal, work: Promise<Result>): Promise<Result> {
  signal.throwIfAborted();
  const settled = new AbortController();
  const abort = once(signal, 'abort', { signal: settled.signal }).then(() => {
    throw new Error('stopped');
  });
  try {
    return await Promise.race([work, abort]);
  } finally {
    settled.abort();
    abort.catch(() => undefined);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
