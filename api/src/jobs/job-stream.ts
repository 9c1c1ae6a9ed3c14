import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Database } from '../stores/database.ts';
import { currentJobs, isFinished, type Job, unfinishedJobs } from './jobs.ts';
import type { Logger } from '../observability/logger.ts';
import type { Progress } from './progress.ts';

type WarningLogger = Pick<Logger, 'warn'>;

const HEARTBEAT_MS = 15_000;
const RETRY_MS = 1_000;

/**
 * Server-sent events of one job, or of all jobs of a tenant. A progress message only says that a row has changed: the
 * event is read from the primary afterwards, so events are in order, and several changes may become one event. All
 * rows are read again when Redis is available again and with each heartbeat, in case a message was lost.
 */
export class JobStream {
  readonly output = new PassThrough();
  readonly #database: Database;
  readonly #logger: WarningLogger;
  readonly #tenantId: string;
  readonly #only: string | undefined;
  readonly #changed = new Set<string>();
  /** The last event of each unfinished job. */
  readonly #sent = new Map<string, string>();
  readonly #closed = new AbortController();
  #all = true;
  #reading = false;

  constructor(
    database: Database,
    progress: Progress,
    logger: WarningLogger,
    tenantId: string,
    only?: string,
  ) {
    this.#database = database;
    this.#logger = logger;
    this.#tenantId = tenantId;
    this.#only = only;
    const unsubscribe = progress.listen(tenantId, (jobId) => {
      this.#markChanged(jobId);
    });
    const heartbeat = setInterval(() => {
      this.output.write(': keep-alive\n\n');
      this.#markChanged(undefined);
    }, HEARTBEAT_MS);
    this.output.on('error', () => undefined);
    this.output.once('close', () => {
      clearInterval(heartbeat);
      unsubscribe();
      this.#closed.abort();
    });
    this.output.write('retry: 2000\n\n');
    void this.#read();
  }

  end(): void {
    this.output.end();
  }

  #markChanged(jobId: string | undefined): void {
    if (jobId === undefined) this.#all = true;
    else if (this.#only === undefined || this.#only === jobId) this.#changed.add(jobId);
    else return;
    void this.#read();
  }

  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (this.output.writable && (this.#all || this.#changed.size > 0)) await this.#readOnce();
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#scheduleRetry(error);
    } finally {
      this.#reading = false;
    }
  }

  async #readOnce(): Promise<void> {
    const all = this.#all;
    const ids =
      this.#only === undefined ? [...this.#changed, ...(all ? this.#sent.keys() : [])] : [this.#only];
    this.#all = false;
    this.#changed.clear();
    const jobs = new Map(
      (await currentJobs(this.#database, this.#tenantId, ids)).map((job) => [job.id, job]),
    );
    if (all && this.#only === undefined) {
      for (const job of await unfinishedJobs(this.#database, this.#tenantId)) jobs.set(job.id, job);
    }
    for (const job of jobs.values()) await this.#send(job);
  }

  async #send(job: Job): Promise<void> {
    const data = JSON.stringify(job);
    if (this.#sent.get(job.id) === data || !this.output.writable) return;
    if (isFinished(job)) this.#sent.delete(job.id);
    else this.#sent.set(job.id, data);
    const free = this.output.write(`event: progress\ndata: ${data}\n\n`);
    if (isFinished(job) && this.#only !== undefined) this.output.end();
    else if (!free) await once(this.output, 'drain', { signal: this.#closed.signal });
  }

  #scheduleRetry(error: unknown): void {
    this.#logger.warn({ err: error }, 'progress read failed');
    this.#all = true;
    const timer = setTimeout(() => void this.#read(), RETRY_MS);
    this.output.once('close', () => {
      clearTimeout(timer);
    });
  }
}
