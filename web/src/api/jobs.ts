import { type JobFilters, queryOf } from './job-filters.ts';
import type { components, paths } from './openapi.generated.ts';
import type { Session } from './session.ts';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type JobStatus = Job['status'];
/** A job in a list or an event: long values are null there and named in `omitted`. */
export type JobSummary = Schemas['JobSummary'];
export type JobPage = Schemas['JobPage'];
export type NewJob = paths['/api/v1/jobs']['post']['requestBody']['content']['application/json'];
export type JobCounts = Schemas['JobCounts'];
export type Attempt = Schemas['Attempt'];
export type Waiting = Schemas['Waiting'];
export type Usage = paths['/api/v1/usage']['get']['responses'][200]['content']['application/json'];

export interface PageRequest {
  filters: JobFilters;
  cursor?: string | undefined;
  limit: number;
  signal: AbortSignal;
}

export const JOB_STATUSES = [
  'queued',
  'running',
  'succeeded',
  'failed',
  'cancelled',
] as const satisfies readonly JobStatus[];

const JOBS = '/api/v1/jobs';

export const isFinished = ({ status }: Pick<Job, 'status'>): boolean =>
  status !== 'queued' && status !== 'running';

/** The requests about jobs, with the types of the API's contract. */
export class JobsApi {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The same key with the same job is one job, however often it is sent. */
  submit(job: NewJob, key: string, signal: AbortSignal): Promise<Job> {
    return this.#session.json<Job>(JOBS, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(job),
      signal,
    });
  }

  list({ filters, cursor, limit, signal }: PageRequest): Promise<JobPage> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...queryOf(filters),
      ...(cursor && { cursor }),
    });
    return this.#session.json<JobPage>(`${JOBS}?${query.toString()}`, { signal });
  }

  find(id: string, signal: AbortSignal): Promise<Job> {
    return this.#session.json<Job>(pathOf(id), { signal });
  }

  /** The job will have no effect, once this has been answered. */
  cancel(id: string): Promise<Job> {
    return this.#session.json<Job>(`${pathOf(id)}/cancel`, { method: 'POST' });
  }

  /** A new job with the same input. The same key is one job, however often it is sent. */
  runAgain(id: string, key: string): Promise<Job> {
    const headers = { 'idempotency-key': key };
    return this.#session.json<Job>(`${pathOf(id)}/run-again`, { method: 'POST', headers });
  }

  counts(signal: AbortSignal): Promise<JobCounts> {
    return this.#session.json<JobCounts>(`${JOBS}/counts`, { signal });
  }

  async attempts(id: string, signal: AbortSignal): Promise<Attempt[]> {
    const { items } = await this.#session.json<Schemas['Attempts']>(`${pathOf(id)}/attempts`, { signal });
    return items;
  }

  waiting(id: string, signal: AbortSignal): Promise<Waiting> {
    return this.#session.json<Waiting>(`${pathOf(id)}/waiting`, { signal });
  }

  usage(signal: AbortSignal): Promise<Usage> {
    return this.#session.json<Usage>('/api/v1/usage', { signal });
  }

  /** The event stream of all jobs of the tenant. */
  events(signal: AbortSignal): Promise<Response> {
    const headers = { accept: 'text/event-stream' };
    return this.#session.request(`${JOBS}/events`, { headers, signal, limitMs: Infinity });
  }
}

function pathOf(id: string): string {
  return `${JOBS}/${encodeURIComponent(id)}`;
}
