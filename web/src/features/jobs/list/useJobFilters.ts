import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type JobFilters, JOB_STATUSES } from '../../../api/jobs.ts';

/** The filters of the list, which the address holds: a link, a reload and going back show the same. */
export function useJobFilters(): [JobFilters, (filters: JobFilters) => void] {
  const [parameters, setParameters] = useSearchParams();
  const status = JOB_STATUSES.find((known) => known === parameters.get('status'));
  const filters = useMemo(() => (status ? { status } : {}), [status]);
  return [
    filters,
    (chosen) => {
      setParameters({ ...chosen });
    },
  ];
}
