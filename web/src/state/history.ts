import { isFinished, type JobState } from '../api/jobs.ts';

/** Merges jobs into a list, newest first. A finished job is not replaced by an earlier state of it. */
export function mergeJobs(known: readonly JobState[], arrived: readonly JobState[]): JobState[] {
  const jobs = new Map(known.map((job) => [job.id, job]));
  for (const job of arrived) jobs.set(job.id, laterOf(jobs.get(job.id), job));
  return [...jobs.values()].sort(
    (a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id),
  );
}

export function laterOf<State extends JobState>(known: State | undefined, arrived: State): State {
  return known && isFinished(known) && !isFinished(arrived) ? known : arrived;
}
