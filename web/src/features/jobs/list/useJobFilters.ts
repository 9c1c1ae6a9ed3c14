import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type JobFilters, PERIOD_NAMES } from '../../../api/job-filters.ts';
import { JOB_STATUSES } from '../../../api/jobs.ts';

const FORMS = {
  kind: /^.{1,100}$/,
  id: /^[0-9a-f-]{8,36}$/,
  from: /^\d{4}-\d\d-\d\d$/,
  to: /^\d{4}-\d\d-\d\d$/,
};

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

/** Whatever the service would refuse is ignored. */
export function filtersOf(parameters: URLSearchParams): JobFilters {
  const status = JOB_STATUSES.find((known) => known === parameters.get('status'));
  const period = PERIOD_NAMES.find((known) => known === parameters.get('period'));
  const texts = Object.entries(FORMS).flatMap(([name, form]) => {
    const value = parameters.get(name) ?? '';
    return form.test(value) ? [[name, value] as const] : [];
  });
  return { ...(status && { status }), ...(period && { period }), ...Object.fromEntries(texts) };
}

/** The parameters of filters: those that are empty take none. */
export function searchOf(filters: JobFilters): URLSearchParams {
  return new URLSearchParams(
    Object.entries(filters).filter(([, value]) => value !== undefined && value !== ''),
  );
}
