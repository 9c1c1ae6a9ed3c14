import type { ReactElement, ReactNode } from 'react';
import { Link } from 'wouter';
import type { Job } from '../../../api/jobs.ts';
import { CopyButton } from '../CopyButton.tsx';
import { Duration } from '../../../components/Duration.tsx';
import { Moment } from '../../../components/Moment.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { Creator } from '../Creator.tsx';
import { shortId } from '../input.ts';

export function JobFacts({ job }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  const { createdAt, startedAt, finishedAt, requestId, runAgainOf } = job;
  return (
    <section aria-labelledby="facts">
      <h2 id="facts">{t('job.facts')}</h2>
      <dl>
        <Fact name={t('job.id')}>
          <code>{job.id}</code> <CopyButton text={job.id} label={t('copy.id')} />
        </Fact>
        <Fact name={t('job.createdAt')}>
          <Moment at={createdAt} isExact />
        </Fact>
        {startedAt !== null && (
          <Fact name={t('job.startedAt')}>
            <Moment at={startedAt} isExact />
          </Fact>
        )}
        {finishedAt !== null && (
          <Fact name={t('job.finishedAt')}>
            <Moment at={finishedAt} isExact />
          </Fact>
        )}
        <Fact name={t('job.wait')}>
          <Duration from={createdAt} to={startedAt ?? finishedAt} />
        </Fact>
        {startedAt !== null && (
          <Fact name={t('job.duration')}>
            <Duration from={startedAt} to={finishedAt} />
          </Fact>
        )}
        <Fact name={t('job.createdBy')}>
          <Creator job={job} />
        </Fact>
        {runAgainOf !== null && (
          <Fact name={t('job.runAgainOf')}>
            <Link href={`/jobs/${runAgainOf}`}>{shortId(runAgainOf)}</Link>
          </Fact>
        )}
        {requestId !== null && (
          <Fact name={t('job.requestId')}>
            <code>{requestId}</code> <CopyButton text={requestId} label={t('copy.requestId')} />
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }): ReactElement {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
