import type { Job, NewJob } from '../../../api/jobs.ts';

/** A filled-in form that was sent. Its key belongs to what was filled in, until that changes. */
export interface Submission {
  readonly key: string;
  readonly job: NewJob;
  /** The job that it has become, once that is known. */
  readonly accepted?: Job;
}

/** The known submission of the same job, a new one for any other job. */
export function submissionFor(
  job: NewJob,
  known: Submission | undefined,
  newKey: () => string = () => crypto.randomUUID(),
): Submission {
  const same = known !== undefined && JSON.stringify(known.job) === JSON.stringify(job);
  return same ? known : { key: newKey(), job };
}
