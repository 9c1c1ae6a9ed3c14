import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { ApiError } from '../../../api/errors.ts';
import type { Job } from '../../../api/jobs.ts';
import { Loading } from '../../../components/Loading.tsx';
import { PageTitle } from '../../../components/PageTitle.tsx';
import { QueryNotice } from '../../../components/QueryNotice.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { kindName } from '../../../i18n/messages.ts';
import { useJob } from '../data/queries.ts';
import { JobProgress } from '../JobProgress.tsx';
import { Status } from '../Status.tsx';
import { Attempts } from './Attempts.tsx';
import { JobActions } from './JobActions.tsx';
import { JobFacts } from './JobFacts.tsx';
import { JobInput, JobOutcome } from './JobValues.tsx';
import { Waiting } from './Waiting.tsx';

const STEP = 25;

export function JobPage({ id }: { id: string }): ReactElement {
  const { t } = useLocalisation();
  const job = useJob(id);
  const missing = job.error instanceof ApiError && job.error.status === 404;
  return (
    <div className="wide">
      <nav aria-label={t('jobs.title')}>
        <Link href="/jobs">{t('jobs.all')}</Link>
      </nav>
      {!job.data && <PageTitle text={t(missing ? 'job.missingTitle' : 'job.failedTitle')} />}
      <QueryNotice query={job} canRetry={!missing} />
      {job.data && <JobDetails job={job.data} />}
      {job.isLoading && <Loading />}
    </div>
  );
}

function JobDetails({ job }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  const kind = kindName(job.kind, t);
  return (
    <>
      <div className="bar">
        <PageTitle text={t('job.title', { kind })} tabTitle={`${t(`status.${job.status}`)}: ${kind}`} />
        <Status status={job.status} />
        <JobActions job={job} />
      </div>
      <Announcement job={job} />
      {job.status === 'running' && <JobProgress job={job} />}
      {job.status === 'queued' && <Waiting id={job.id} />}
      <div className="details">
        <JobOutcome job={job} />
        <JobInput job={job} />
        <JobFacts job={job} />
        <Attempts job={job} />
      </div>
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
