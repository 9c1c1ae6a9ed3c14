import { isTemporary } from './errors.ts';
import { follow } from './follow.ts';
import type { components, paths } from './openapi.generated.ts';
import type { Session } from './session.ts';
import { backoff, pause } from './time.ts';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type JobStatus = Job['status'];
export type JobSummary = Schemas['JobSummary'];
/** What a job and its summary have in common. */
export type JobState = Omit<Job, 'payload' | 'result'>;
export type JobPage = Schemas['JobPage'];
export type NewJob = paths['/api/v1/jobs']['post']['requestBody']['content']['application/json'];

export interface Watch {
  onJob: (job: Job) => void;
  onConnection: (connected: boolean) => void;
  signal: AbortSignal;
}

const JOBS = '/api/v1/jobs';
const PAGE_SIZE = 20;
const ATTEMPTS = 3;
const FINISHED_ATTEMPTS = 6;
const RETRY_MS = 500;

export const isFinished = (job: JobState): boolean => job.status === 'succeeded' || job.status === 'failed';

export class Jobs {
  readonly #session: Session;
  readonly #wait: (milliseconds: number) => Promise<void>;

  constructor(session: Session, wait: (milliseconds: number) => Promise<void> = pause) {
    this.#session = session;
    this.#wait = wait;
  }

  /** Retries with the same idempotency key, for which the service creates one job. */
  async submit(job: NewJob, key: string): Promise<Job> {
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(job),
    };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#read<Job>(JOBS, request);
      } catch (error) {
        if (attempt === ATTEMPTS || !isTemporary(error)) throw error;
        await this.#wait(backoff(attempt - 1, RETRY_MS, RETRY_MS * 4));
      }
    }
  }

  list(cursor?: string): Promise<JobPage> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor ? { cursor } : {}) });
    return this.#read<JobPage>(`${JOBS}?${query.toString()}`);
  }

  find(id: string): Promise<Job> {
    return this.#read<Job>(`${JOBS}/${encodeURIComponent(id)}`);
  }

  /** Resolves after the job's last state. A result that its event leaves out is read by itself. */
  async watch(id: string, watch: Watch): Promise<void> {
    let last: JobSummary | undefined;
    await this.#follow(`${JOBS}/${encodeURIComponent(id)}/events`, watch, {
      onJob: (job) => {
        last = job;
        watch.onJob(job);
      },
      isFinished: () => last !== undefined && isFinished(last),
    });
    if (!last?.omitted.includes('result') || watch.signal.aborted) return;
    watch.onJob(await this.#findFinished(id));
  }

  watchAll(watch: Watch): Promise<void> {
    return this.#follow(`${JOBS}/events`, watch, { onJob: watch.onJob });
  }

  /** The replica that answers may not have the last state yet. */
  async #findFinished(id: string): Promise<Job> {
    for (let attempt = 1; ; attempt += 1) {
      const job = await this.find(id);
      if (isFinished(job) || attempt === FINISHED_ATTEMPTS) return job;
      await this.#wait(backoff(attempt - 1, RETRY_MS, RETRY_MS * 8));
    }
  }

  #follow(
    path: string,
    { onConnection, signal }: Watch,
    { onJob, ...rest }: { onJob: (job: JobSummary) => void; isFinished?: () => boolean },
  ): Promise<void> {
    return follow({
      open: (streamSignal) =>
        this.#session.request(path, { headers: { accept: 'text/event-stream' }, signal: streamSignal }),
      onEvent: ({ event, data }) => {
        if (event === 'progress') onJob(JSON.parse(data) as JobSummary);
      },
      onConnection,
      signal,
      ...rest,
    });
  }

  async #read<Result>(path: string, init?: RequestInit): Promise<Result> {
    const response = await this.#session.request(path, init);
    return (await response.json()) as Result;
  }
}
