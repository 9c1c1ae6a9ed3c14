import type { ReactElement } from 'react';
import type { Job } from '../../api/jobs.ts';
import { useLocalisation } from '../../i18n/context.ts';
import { kindName } from '../../i18n/messages.ts';

export function JobProgress({ job }: { job: Pick<Job, 'kind' | 'progress'> }): ReactElement {
  const { t } = useLocalisation();
  const label = t('jobs.progressOf', { kind: kindName(job.kind, t) });
  return (
    <span className="progress">
      <progress max={100} value={job.progress} aria-label={label} />
      <span aria-hidden="true">{job.progress}%</span>
    </span>
  );
}
