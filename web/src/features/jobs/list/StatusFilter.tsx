import type { ReactElement } from 'react';
import { Link } from 'wouter';
import type { JobFilters } from '../../../api/job-filters.ts';
import { JOB_STATUSES, type JobStatus } from '../../../api/jobs.ts';
import { Icon } from '../../../components/Icon.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { numberText } from '../../../i18n/numbers.ts';
import { useJobCounts } from '../data/totals.ts';
import { searchOf } from './useJobFilters.ts';

/** The service counts no further. */
const MOST_COUNTED = 1_000;

/** A link for each status, with the count of all jobs that have it, whatever the other filters. */
export function StatusFilter({ filters }: { filters: JobFilters }): ReactElement {
  const { t, language } = useLocalisation();
  const { data: counts } = useJobCounts();
  const chosen = filters.status;
  const linkTo = (status?: JobStatus): string => {
    const search = searchOf({ ...filters, status }).toString();
    return search ? `/jobs?${search}` : '/jobs';
  };
  const shown = (count: number): string => `${numberText(count, language)}${count < MOST_COUNTED ? '' : '+'}`;
  return (
    <nav className="statuses" aria-label={t('job.status')}>
      <Link href={linkTo()} aria-current={chosen === undefined}>
        {t('jobs.allStatuses')}
      </Link>
      {JOB_STATUSES.map((status) => (
        <Link key={status} href={linkTo(status)} aria-current={status === chosen} className={status}>
          <Icon name={status} />
          {t(`status.${status}`)} <span className="number">{counts && shown(counts[status])}</span>
        </Link>
      ))}
    </nav>
  );
}
