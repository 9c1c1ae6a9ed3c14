import { memo, type ReactElement } from 'react';
import { Link } from 'wouter';
import type { JobSummary } from '../../../api/jobs.ts';
import { Moment } from '../../../components/Moment.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { kindName } from '../../../i18n/messages.ts';
import { JobProgress } from '../JobProgress.tsx';
import { Status } from '../Status.tsx';

/** Of a random id these are enough to tell the jobs of a list apart. */
const ID_LENGTH = 8;

const pathOf = ({ id }: JobSummary): string => `/jobs/${id}`;

/** The link to a job in the list that is shown. */
export function linkOf(job: JobSummary): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.jobs a[href="${pathOf(job)}"]`);
}

export function JobList({ jobs }: { jobs: readonly JobSummary[] }): ReactElement {
  const { t } = useLocalisation();
  if (jobs.length === 0) return <p>{t('jobs.empty')}</p>;
  return (
    <ul className="jobs">
      {jobs.map((job) => (
        <JobRow key={job.id} job={job} />
      ))}
    </ul>
  );
}

/** Of many rows only those of changed jobs are rendered again. */
const JobRow = memo(function JobRow({ job }: { job: JobSummary }): ReactElement {
  const { t } = useLocalisation();
  return (
    <li>
      <Link href={pathOf(job)}>
        {kindName(job.kind, t)} <span className="id">{job.id.slice(0, ID_LENGTH)}</span>
      </Link>
      <Moment at={job.createdAt} />
      <Status status={job.status} />
      <JobProgress job={job} />
    </li>
  );
});
