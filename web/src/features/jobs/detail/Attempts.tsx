import type { ReactElement } from 'react';
import type { Attempt, Job } from '../../../api/jobs.ts';
import { Duration } from '../../../components/Duration.tsx';
import { Icon } from '../../../components/Icon.tsx';
import { Moment } from '../../../components/Moment.tsx';
import { QueryNotice } from '../../../components/QueryNotice.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { useAttempts } from '../data/history.ts';

export function Attempts({ job }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  const attempts = useAttempts(job);
  return (
    <section aria-labelledby="attempts" className="attempts">
      <h2 id="attempts">{t('job.attempts')}</h2>
      <QueryNotice query={attempts} />
      {attempts.data?.length === 0 && <p>{t('attempt.none')}</p>}
      <ol>
        {attempts.data?.map((attempt) => (
          <AttemptItem key={attempt.startedAt} attempt={attempt} />
        ))}
      </ol>
    </section>
  );
}

function AttemptItem({ attempt }: { attempt: Attempt }): ReactElement {
  const { t } = useLocalisation();
  const { outcome, startedAt, finishedAt, error } = attempt;
  return (
    <li value={attempt.number}>
      <span className={`status ${outcome}`}>
        <Icon name={outcome} />
        {t(`outcome.${outcome}`)}
      </span>{' '}
      <span className="small">
        <Moment at={startedAt} />, <Duration from={startedAt} to={finishedAt} />
      </span>
      {error !== null && (
        <p className="problem" lang="en">
          {error}
        </p>
      )}
    </li>
  );
}
