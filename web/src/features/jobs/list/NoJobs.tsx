import type { ReactElement } from 'react';
import { Link } from 'wouter';
import type { JobFilters } from '../../../api/job-filters.ts';
import { useLocalisation } from '../../../i18n/context.ts';

export function NoJobs({ filters }: { filters: JobFilters }): ReactElement {
  const { t } = useLocalisation();
  if (Object.keys(filters).length === 0) return <p>{t('jobs.empty')}</p>;
  return (
    <p>
      {t('jobs.none')} <Link href="/jobs">{t('jobs.clear')}</Link>
    </p>
  );
}
