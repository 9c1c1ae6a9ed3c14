import type { ReactElement } from 'react';
import { Link } from 'wouter';
import { useLocalisation } from '../i18n/context.ts';
import { PageTitle } from '../components/PageTitle.tsx';

export function NotFoundPage(): ReactElement {
  const { t } = useLocalisation();
  return (
    <>
      <PageTitle text={t('notFound.title')} />
      <p>{t('notFound.text')}</p>
      <Link href="/jobs">{t('jobs.all')}</Link>
    </>
  );
}
