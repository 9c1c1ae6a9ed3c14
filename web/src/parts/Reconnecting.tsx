import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';

export function Reconnecting({ connected }: { connected: boolean }): ReactElement {
  const { t } = useLocalisation();
  return <div role="status">{!connected && <p className="notice">{t('jobs.reconnecting')}</p>}</div>;
}
