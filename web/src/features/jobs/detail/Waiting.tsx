import type { ReactElement } from 'react';
import type { Waiting as WaitingFor } from '../../../api/jobs.ts';
import { Moment } from '../../../components/Moment.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import type { Translate } from '../../../i18n/language.ts';
import { useWaiting } from '../data/history.ts';

/** Why a queued job has not begun. */
export function Waiting({ id }: { id: string }): ReactElement | null {
  const { t } = useLocalisation();
  const { data: waiting } = useWaiting(id);
  if (!waiting) return null;
  return (
    <p className="notice">
      {waiting.for === 'worker' ? placeOf(waiting, t) : t(`waiting.${waiting.for}`)}{' '}
      {waiting.nextAttemptAt !== null && <Moment at={waiting.nextAttemptAt} isExact />}
    </p>
  );
}

function placeOf({ ahead, workers }: WaitingFor, t: Translate): string {
  const place = ahead === 0 ? t('waiting.next') : t('waiting.ahead', { ahead: ahead ?? '?' });
  if (workers === null) return place;
  return `${place} ${workers === 0 ? t('waiting.noWorkers') : t('waiting.workers', { workers })}`;
}
