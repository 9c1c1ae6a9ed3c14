import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { isDay, isSearchedId, type JobFilters, PERIOD_NAMES } from '../../../api/job-filters.ts';
import { JOB_STATUSES } from '../../../api/jobs.ts';
import { KINDS } from '../new/draft.ts';

const CHECKS = { id: isSearchedId, from: isDay, to: isDay };

export type ChangeFilters = (part: JobFilters, isTyping?: boolean) => void;

/** The filters of the list, which the address holds: a link, a reload and going back show the same. */
export function useJobFilters(): [JobFilters, ChangeFilters] {
  const [parameters, setParameters] = useSearchParams();
  const text = parameters.toString();
  const filters = useMemo(() => filtersOf(new URLSearchParams(text)), [text]);
  return [
    filters,
    (part, replace = false) => {
      setParameters((latest) => searchOf({ ...filtersOf(latest), ...part }), { replace });
    },
  ];
}

/** Whatever the service would refuse, or the page cannot show, is ignored. */
export function filtersOf(parameters: URLSearchParams): JobFilters {
  const status = JOB_STATUSES.find((known) => known === parameters.get('status'));
  const period = PERIOD_NAMES.find((known) => known === parameters.get('period'));
  const kind = KINDS.find((known) => known === parameters.get('kind'));
  const texts = Object.entries(CHECKS).flatMap(([name, isGood]) => {
    const value = parameters.get(name) ?? '';
    return isGood(value) ? [[name, value] as const] : [];
  });
  return {
    ...(status && { status }),
    ...(period && { period }),
    ...(kind && { kind }),
    ...Object.fromEntries(texts),
  };
}

/** The parameters of filters: those that are empty take none. */
export function searchOf(filters: JobFilters): URLSearchParams {
  return new URLSearchParams(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  );
}
