import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../../../api/errors.ts';
import type { Job } from '../../../api/jobs.ts';
import { Loading } from '../../../components/Loading.tsx';
import { Moment } from '../../../components/Moment.tsx';
import { PageTitle } from '../../../components/PageTitle.tsx';
import { QueryNotice } from '../../../components/QueryNotice.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { kindName } from '../../../i18n/messages.ts';
import { useJob } from '../data/queries.ts';
import { JobProgress } from '../JobProgress.tsx';
import { Status } from '../Status.tsx';
import { JobResult } from './JobResult.tsx';

const STEP = 25;

export function JobPage({ id }: { id: string }): ReactElement {
  const { t } = useLocalisation();
  const job = useJob(id);
  const missing = job.error instanceof ApiError && job.error.status === 404;
  return (
    <>
      <nav>
        <Link href="/jobs">{t('jobs.all')}</Link>
      </nav>
      {!job.data && <PageTitle text={t(missing ? 'job.missingTitle' : 'job.failedTitle')} />}
      <QueryNotice query={job} canRetry={!missing} />
      {job.data && <JobDetails job={job.data} />}
      {job.isLoading && <Loading />}
    </>
  );
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
