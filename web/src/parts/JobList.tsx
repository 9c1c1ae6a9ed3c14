import type { ReactElement } from 'react';
import type { JobState } from '../api/jobs.ts';
import { useLocalisation } from '../i18n/context.ts';
import { kindName } from '../i18n/messages.ts';
import { JobProgress } from './JobProgress.tsx';
import { Link } from './Link.tsx';
import { Moment } from './Moment.tsx';
import { Status } from './Status.tsx';

export function JobList({ jobs }: { jobs: readonly JobState[] }): ReactElement {
  const { t } = useLocalisation();
  return (
    <ul className="jobs">
      {jobs.map((job) => (
        <li key={job.id}>
          <Link to={`/jobs/${job.id}`}>{kindName(job.kind, t)}</Link>
          <Moment at={job.createdAt} />
          <Status status={job.status} />
          <JobProgress job={job} />
        </li>
      ))}
    </ul>
  );
}
