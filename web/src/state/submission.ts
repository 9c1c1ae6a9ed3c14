import type { NewJob } from '../api/jobs.ts';

export interface Submission {
  readonly key: string;
  readonly job: NewJob;
}

/** The same idempotency key for a retry of the same job, a new one for any other job. */
export function submissionFor(
  job: NewJob,
  unfinished: Submission | undefined,
  newKey: () => string = () => crypto.randomUUID(),
): Submission {
  const same = unfinished !== undefined && JSON.stringify(unfinished.job) === JSON.stringify(job);
  return same ? unfinished : { key: newKey(), job };
}
