import { memo, type ReactElement } from 'react';
import { Link } from 'wouter';
import type { JobSummary } from '../../../api/jobs.ts';
import { Moment } from '../../../components/Moment.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { kindName } from '../../../i18n/messages.ts';
import { JobProgress } from '../JobProgress.tsx';
import { Status } from '../Status.tsx';

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
      <Link href={`/jobs/${job.id}`}>{kindName(job.kind, t)}</Link>
      <Moment at={job.createdAt} />
      <Status status={job.status} />
      <JobProgress job={job} />
    </li>
  );
});
