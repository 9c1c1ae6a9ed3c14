import { type Job, isFinished } from '../api/jobs.ts';

/** Merges jobs into a list, newest first. A finished job is not replaced by an earlier state of it. */
export function mergeJobs(known: readonly Job[], arrived: readonly Job[]): Job[] {
  const jobs = new Map(known.map((job) => [job.id, job]));
  for (const job of arrived) jobs.set(job.id, laterOf(jobs.get(job.id), job));
  return [...jobs.values()].sort(
    (a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id),
  );
}

export function laterOf(known: Job | undefined, arrived: Job): Job {
  return known && isFinished(known) && !isFinished(arrived) ? known : arrived;
}
