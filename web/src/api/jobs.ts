import type { components, paths } from './openapi.generated.ts';
import type { Session } from './session.ts';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type JobStatus = Job['status'];
/** A job in a list or an event: long values are null there and named in `omitted`. */
export type JobSummary = Schemas['JobSummary'];
export type JobPage = Schemas['JobPage'];
export type NewJob = paths['/api/v1/jobs']['post']['requestBody']['content']['application/json'];
/** What a list is narrowed to; the address holds it. */
export type JobFilters = Pick<NonNullable<paths['/api/v1/jobs']['get']['parameters']['query']>, 'status'>;

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
    const query = new URLSearchParams({ limit: String(limit), ...filters, ...(cursor && { cursor }) });
    return this.#session.json<JobPage>(`${JOBS}?${query.toString()}`, { signal });
  }

  find(id: string, signal: AbortSignal): Promise<Job> {
    return this.#session.json<Job>(`${JOBS}/${encodeURIComponent(id)}`, { signal });
  }

  /** The event stream of all jobs of the tenant. */
  events(signal: AbortSignal): Promise<Response> {
    const headers = { accept: 'text/event-stream' };
    return this.#session.request(`${JOBS}/events`, { headers, signal, limitMs: Infinity });
  }
}
