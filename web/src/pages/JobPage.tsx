import type { ReactElement } from 'react';
import { ApiError } from '../api/errors.ts';
import type { Job } from '../api/jobs.ts';
import { useLocalisation } from '../i18n/context.ts';
import { kindName } from '../i18n/messages.ts';
import { ErrorNotice } from '../parts/ErrorNotice.tsx';
import { JobProgress } from '../parts/JobProgress.tsx';
import { JobResult } from '../parts/JobResult.tsx';
import { Link } from '../parts/Link.tsx';
import { Moment } from '../parts/Moment.tsx';
import { PageTitle } from '../parts/PageTitle.tsx';
import { Reconnecting } from '../parts/Reconnecting.tsx';
import { Status } from '../parts/Status.tsx';
import { useJob } from '../state/useJob.ts';

const STEP = 25;

export function JobPage({ id }: { id: string }): ReactElement {
  const { t } = useLocalisation();
  const { job, connected, error, tryAgain } = useJob(id);
  return (
    <>
      <nav>
        <Link to="/jobs">{t('jobs.all')}</Link>
      </nav>
      <Reconnecting connected={connected} />
      {error !== undefined && <JobError error={error} onRetry={tryAgain} />}
      {job && <JobDetails job={job} />}
      {!job && error === undefined && <p role="status">{t('app.loading')}</p>}
    </>
  );
}

function JobError({ error, onRetry }: { error: unknown; onRetry: () => void }): ReactElement {
  const missing = error instanceof ApiError && error.status === 404;
  return <ErrorNotice error={error} byStatus={{ 404: 'job.missing' }} {...(missing ? {} : { onRetry })} />;
}

function JobDetails({ job }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  return (
    <>
      <PageTitle text={t('job.title', { kind: kindName(job.kind, t) })} />
      <Announcement job={job} />
      <dl>
        <dt>{t('job.status')}</dt>
        <dd>
          <Status status={job.status} />
        </dd>
        <dt>{t('job.progress')}</dt>
        <dd>
          <JobProgress job={job} />
        </dd>
        <dt>{t('job.attempts')}</dt>
        <dd>{job.attempts}</dd>
        <dt>{t('job.createdAt')}</dt>
        <dd>
          <Moment at={job.createdAt} />
        </dd>
        <dt>{t('job.startedAt')}</dt>
        <dd>
          <Moment at={job.startedAt} />
        </dd>
        <dt>{t('job.finishedAt')}</dt>
        <dd>
          <Moment at={job.finishedAt} />
        </dd>
      </dl>
      <JobResult job={job} />
    </>
  );
}

/** Screen readers announce every 25 %, not each step. */
function Announcement({ job }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  const progress = `${Math.floor(job.progress / STEP) * STEP}%`;
  return (
    <p className="unseen" aria-live="polite">
      {t('job.announcement', { status: t(`status.${job.status}`), progress })}
    </p>
  );
}
