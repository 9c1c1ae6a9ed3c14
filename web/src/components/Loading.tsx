import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';

export function Loading(): ReactElement {
  const { t } = useLocalisation();
  return <p role="status">{t('app.loading')}</p>;
}
