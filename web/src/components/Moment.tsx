import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';

export function Moment({ at }: { at: string | null }): ReactElement {
  const { t, language } = useLocalisation();
  if (at === null) return <span>{t('job.notYet')}</span>;
  const format = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' });
  return <time dateTime={at}>{format.format(new Date(at))}</time>;
}
