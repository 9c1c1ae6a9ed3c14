import type { ReactElement } from 'react';
import { useLocalisation } from '../../../i18n/context.ts';
import { useUsage } from '../data/totals.ts';

export function UsageLine(): ReactElement | null {
  const { t } = useLocalisation();
  const { data: usage } = useUsage();
  return usage ? <p className="small">{t('jobs.usage', { ...usage })}</p> : null;
}
