import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { localeOf } from '../i18n/locale.ts';

const PARTS = {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
} as const;

export function Moment({ at }: { at: string | null }): ReactElement {
  const { t, language } = useLocalisation();
  if (at === null) return <span>{t('job.notYet')}</span>;
  const format = new Intl.DateTimeFormat(localeOf(language), PARTS);
  return <time dateTime={at}>{format.format(new Date(at))}</time>;
}
