import { memo, type ReactElement } from 'react';
import { Link } from 'wouter';
import type { JobSummary } from '../../../api/jobs.ts';
import { CopyButton } from '../CopyButton.tsx';
import { Duration } from '../../../components/Duration.tsx';
import { Moment } from '../../../components/Moment.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { kindName } from '../../../i18n/messages.ts';
import { Creator } from '../Creator.tsx';
import { shortId, shortInput } from '../input.ts';
import { JobProgress } from '../JobProgress.tsx';
import { Status } from '../Status.tsx';

const pathOf = ({ id }: JobSummary): string => `/jobs/${id}`;

/** The link to a job in the list that is shown. */
export function linkOf(job: JobSummary): HTMLElement | null {
  return document.querySelector<HTMLElement>(`.jobs a[href="${pathOf(job)}"]`);
}

export const JobList = memo(function JobList({ jobs }: { jobs: readonly JobSummary[] }): ReactElement {
  const { t } = useLocalisation();
  return (
    <table className="jobs" aria-label={t('jobs.title')}>
      <thead>
        <tr>
          <th scope="col">{t('job.status')}</th>
          <th scope="col">{t('jobs.job')}</th>
          <th scope="col">{t('job.id')}</th>
          <th scope="col">{t('job.createdBy')}</th>
          <th scope="col">{t('job.createdAt')}</th>
          <th scope="col">{t('job.duration')}</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} />
        ))}
      </tbody>
    </table>
  );
});

/** Of many rows only those of changed jobs are rendered again. */
const JobRow = memo(function JobRow({ job }: { job: JobSummary }): ReactElement {
  const { t, language } = useLocalisation();
  return (
    <tr>
      <td className="state">
        <Status status={job.status} />
        {job.status === 'running' && <JobProgress job={job} />}
      </td>
      <td className="what">
        <Link href={pathOf(job)}>
          {kindName(job.kind, t)}
          <span className="unseen"> {shortId(job.id)}</span>
        </Link>
        <span className="input">{shortInput(job, language, t)}</span>
      </td>
      <td className="id">
        <code>{shortId(job.id)}</code>
        <CopyButton text={job.id} label={`${t('copy.id')} ${shortId(job.id)}`} />
      </td>
      <td className="creator">
        <Creator job={job} />
      </td>
      <td className="created">
        <Moment at={job.createdAt} />
      </td>
      <td className="duration">
        {job.startedAt !== null && <Duration from={job.startedAt} to={job.finishedAt} />}
      </td>
    </tr>
  );
});
