import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { Link } from '../parts/Link.tsx';
import { PageTitle } from '../parts/PageTitle.tsx';

export function NotFoundPage(): ReactElement {
  const { t } = useLocalisation();
  return (
    <>
      <PageTitle text={t('notFound.title')} />
      <p>{t('notFound.text')}</p>
      <Link to="/jobs">{t('jobs.all')}</Link>
    </>
  );
}
