import { createHash, randomUUID } from 'node:crypto';
import { DatabaseError } from 'pg';
import { Problem, Unavailable } from '../errors.ts';
import type { JobMessage } from '../messages.ts';
import { ANY_NUMBER, Batches } from '../stores/batches.ts';
import type { Database } from '../stores/database.ts';
import type { Refusal } from './job-limits.ts';
import { COLUMNS, type Job } from './jobs.ts';

export interface JobRequest {
  kind: string;
  payload: object;
  tenantId: string;
  userId: string;
  idempotencyKey: string;
  requestId: string;
  traceparent: string;
  /** The job whose input this one has. */
  runAgainOf?: string;
}

/** The job, and whether this request created it. */
export interface Submitted {
  job: Job;
  isNew: boolean;
}

interface Row extends JobRequest {
  id: string;
  requestHash: string;
}

const FOREIGN_KEY_VIOLATION = '23503';

/**
 * One statement is one transaction: no job without its message. Rows come in the order of their keys, so that two such
 * statements never wait for each other; of equal keys the first is inserted.
 */
const SUBMIT = `
  WITH request AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::uuid[],
        $9::text[], $10::uuid[])
      AS request (id, tenant_id, idempotency_key, request_hash, kind, payload, message, created_by, request_id, run_again_of)
    LIMIT ${ANY_NUMBER}
  ), job AS (
    INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, created_by, request_id, run_again_of)
    SELECT id, tenant_id, idempotency_key, request_hash, kind, payload, created_by, request_id, run_again_of FROM request
    ON CONFLICT (tenant_id, idempotency_key) DO NOTHING
    RETURNING id, created_at, created_by
  ), message AS (
    INSERT INTO outbox (destination, message) SELECT 'queue:jobs', message FROM job JOIN request USING (id)
  )
  SELECT id, created_at AS "createdAt", (SELECT email FROM users WHERE users.id = created_by) AS "createdBy" FROM job`;

interface Created {
  id: string;
  createdAt: Date;
  createdBy: string | null;
}

/** Requests that arrive together are one statement; each has its own outcome. */
export class Submissions {
  readonly #database: Database;
  readonly #refusalOf: Refusal;
  readonly #batches = new Batches<JobRequest, Submitted>((requests) => this.#submitTogether(requests));

  constructor(database: Database, refusalOf: Refusal) {
    this.#database = database;
    this.#refusalOf = refusalOf;
  }

  async submit(request: JobRequest): Promise<Submitted> {
    const refusal = await this.#refusalOf(request.tenantId);
    if (!refusal) return this.#batches.load(request);
    const job = await findRepeated(this.#database, request);
    if (!job) throw refusal;
    return { job, isNew: false };
  }

  async #submitTogether(requests: readonly JobRequest[]): Promise<(Submitted | Error)[]> {
    const rows = requests.map(rowOf);
    const created = await this.#insert(rows);
    return Promise.all(rows.map((row) => this.#outcome(row, created).catch(errorOf)));
  }

  /** Each job that was created, or why the statement failed with it alone. Jobs of repeated keys are left out. */
  async #insert(rows: readonly Row[]): Promise<ReadonlyMap<string, Created | Error>> {
    try {
      const created = await this.#database.query<Created>(SUBMIT, columnsOf(rows));
      return new Map(created.map((each) => [each.id, each]));
    } catch (error) {
      const [row] = rows;
      if (!row) return new Map();
      if (rows.length === 1 || error instanceof Unavailable)
        return new Map(rows.map(({ id }) => [id, refusalOf(error)]));
      const alone = await Promise.all(rows.map((each) => this.#insert([each])));
      return new Map(alone.flatMap((each) => [...each]));
    }
  }

  async #outcome(row: Row, all: ReadonlyMap<string, Created | Error>): Promise<Submitted> {
    const created = all.get(row.id);
    if (created instanceof Error) throw created;
    if (created) return { job: newJob(row, created), isNew: true };
    const job = await findRepeated(this.#database, row);
    if (!job)
      throw new Problem(
        503,
        'idempotency_key_freed',
        'The job of this Idempotency-Key was just deleted. Try again.',
      );
    return { job, isNew: false };
  }
}

function rowOf(request: JobRequest): Row {
  return { ...request, id: randomUUID(), requestHash: hashRequest(request) };
}

function columnsOf(rows: readonly Row[]): unknown[][] {
  const sorted = rows.toSorted(
    (one, other) =>
      compare(one.tenantId, other.tenantId) || compare(one.idempotencyKey, other.idempotencyKey),
  );
  const column = <Name extends keyof Row>(name: Name): Row[Name][] => sorted.map((row) => row[name]);
  const messages = sorted.map(({ id, tenantId, kind, requestId, traceparent }): JobMessage => ({
    jobId: id,
    tenantId,
    kind,
    requestId,
    traceparent,
  }));
  return [
    column('id'),
    column('tenantId'),
    column('idempotencyKey'),
    column('requestHash'),
    column('kind'),
    column('payload').map((payload) => JSON.stringify(payload)),
    messages.map((message) => JSON.stringify(message)),
    column('userId'),
    column('requestId'),
    sorted.map(({ runAgainOf = null }) => runAgainOf),
  ];
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** As the database has it: the columns that the statement leaves out have their defaults. */
function newJob(row: Row, { createdAt, createdBy }: Created): Job {
  const { id, kind, payload, requestId, runAgainOf = null } = row;
  return {
    id,
    kind,
    payload,
    status: 'queued',
    progress: 0,
    attempts: 0,
    result: null,
    error: null,
    createdAt,
    startedAt: null,
    finishedAt: null,
    createdBy,
    origin: 'user',
    requestId,
    runAgainOf,
  };
}

/** The job of an earlier request with the same key. */
async function findRepeated(database: Database, request: JobRequest): Promise<Job | undefined> {
  const [row] = await database.query<Job & { requestHash: string }>(
    `SELECT ${COLUMNS}, request_hash AS "requestHash" FROM jobs WHERE tenant_id = $1 AND idempotency_key = $2`,
    [request.tenantId, request.idempotencyKey],
  );
  if (!row) return undefined;
  const { requestHash, ...job } = row;
  if (requestHash !== hashRequest(request))
    throw new Problem(422, 'idempotency_key_used', 'This Idempotency-Key was used for another request.');
  return job;
}

function hashRequest({ kind, payload, runAgainOf }: JobRequest): string {
  const sorted = Object.entries(payload).sort(([one], [other]) => (one < other ? -1 : 1));
  const parts = runAgainOf === undefined ? [kind, sorted] : [kind, sorted, runAgainOf];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function refusalOf(error: unknown): Error {
  const isWithoutTenant = error instanceof DatabaseError && error.code === FOREIGN_KEY_VIOLATION;
  return isWithoutTenant
    ? new Problem(401, 'session_ended', 'The account does not exist any more.')
    : errorOf(error);
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
