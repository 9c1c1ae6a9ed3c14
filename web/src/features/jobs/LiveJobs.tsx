import type { ReactElement } from 'react';
import { useLocalisation } from '../../i18n/context.ts';
import { useEndedBadge } from './data/useEndedBadge.ts';
import { useLiveJobs } from './data/useLiveJobs.ts';

/** Keeps the jobs up to date, and says when it cannot. */
export function LiveJobs({ userId }: { userId: string }): ReactElement {
  const { t } = useLocalisation();
  useEndedBadge();
  const connected = useLiveJobs(userId);
  return <div role="status">{!connected && <p className="notice">{t('jobs.reconnecting')}</p>}</div>;
}
