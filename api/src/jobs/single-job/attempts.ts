import type { Database } from '../../stores/database.ts';
import { type JobStatus, noSuchJob } from '../jobs.ts';

export const ATTEMPT_OUTCOMES = ['running', 'succeeded', 'failed', 'interrupted', 'cancelled'] as const;

export interface Attempt {
  number: number;
  startedAt: Date;
  finishedAt: Date | null;
  outcome: (typeof ATTEMPT_OUTCOMES)[number];
  error: string | null;
}

interface Row {
  status: JobStatus;
  last: number;
  lastStartedAt: Date | null;
  lastFinishedAt: Date | null;
  lastError: string | null;
  /** Null in the one row of a job without a failed attempt. */
  number: number | null;
  startedAt: Date;
  finishedAt: Date;
  error: string | null;
}

/** The newest: an operator may replay a job often. */
export const SHOWN_ATTEMPTS = 100;

const READ = `
  SELECT status, attempts AS last, attempt_started_at AS "lastStartedAt", jobs.finished_at AS "lastFinishedAt",
    jobs.error AS "lastError", number, ended.started_at AS "startedAt", ended.finished_at AS "finishedAt", ended.error
  FROM jobs LEFT JOIN LATERAL (
    SELECT * FROM job_attempts WHERE job_id = jobs.id ORDER BY started_at DESC LIMIT ${SHOWN_ATTEMPTS}
  ) AS ended ON true
  WHERE tenant_id = $1 AND id = $2 ORDER BY ended.started_at`;

/** In the order in which they began. Attempts of a worker that died are not among them: the next one has their number. */
export async function attemptsOf(database: Database, tenantId: string, id: string): Promise<Attempt[]> {
  let rows = await database.read<Row>(READ, [tenantId, id]);
  if (rows.length === 0 && database.reader) rows = await database.query<Row>(READ, [tenantId, id]);
  const [job] = rows;
  if (!job) throw noSuchJob();
  const ended = rows.flatMap(endedAttempt);
  const last = lastAttempt(job);
  const isKnown = last && ended.some(({ startedAt }) => startedAt.getTime() === last.startedAt.getTime());
  return last && !isKnown ? [...ended, last] : ended;
}

function endedAttempt({ number, startedAt, finishedAt, error }: Row): Attempt[] {
  if (number === null) return [];
  return [{ number, startedAt, finishedAt, outcome: error === null ? 'interrupted' : 'failed', error }];
}

function lastAttempt({ status, last, lastStartedAt, lastFinishedAt, lastError }: Row): Attempt | undefined {
  if (!lastStartedAt) return undefined;
  return {
    number: last,
    startedAt: lastStartedAt,
    finishedAt: lastFinishedAt,
    outcome: status === 'queued' ? 'interrupted' : status,
    error: lastError,
  };
}
