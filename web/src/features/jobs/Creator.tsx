import type { ReactElement } from 'react';
import type { Job } from '../../api/jobs.ts';
import { useLocalisation } from '../../i18n/context.ts';

export function Creator({ job }: { job: Pick<Job, 'createdBy' | 'origin'> }): ReactElement {
  const { t } = useLocalisation();
  return <>{job.origin === 'welcome' ? t('job.welcome') : (job.createdBy ?? t('job.unknown'))}</>;
}
