import type { ReactElement } from 'react';
import { useLocation } from 'wouter';
import { isFinished, type Job } from '../../../api/jobs.ts';
import { ErrorNotice } from '../../../components/ErrorNotice.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { useCancelJob, useRunAgain } from '../data/commands.ts';

/** Cancel while it can be cancelled, then run again, which opens the new job. */
export function JobActions({ job }: { job: Job }): ReactElement {
  const { t } = useLocalisation();
  const [, navigate] = useLocation();
  const cancel = useCancelJob(job.id);
  const runAgain = useRunAgain(job.id);
  const [command, label] = isFinished(job)
    ? [runAgain, 'job.runAgain' as const]
    : [cancel, 'job.cancel' as const];
  /** Not called once the page has been left. */
  const open = ({ id }: Job): void => {
    navigate(`/jobs/${id}`);
  };
  const run = (): void => {
    if (command.isPending) return;
    if (command === runAgain) runAgain.mutate(undefined, { onSuccess: open });
    else cancel.mutate();
  };
  return (
    <div className="actions">
      <button type="button" className="quiet" aria-disabled={command.isPending} onClick={run}>
        {command.isPending ? t('session.sending') : t(label)}
      </button>
      {(command.error ?? cancel.error) && <ErrorNotice error={command.error ?? cancel.error} />}
    </div>
  );
}
