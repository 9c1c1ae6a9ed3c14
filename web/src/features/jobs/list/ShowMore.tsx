import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef } from 'react';
import type { JobSummary } from '../../../api/jobs.ts';
import { useLocalisation } from '../../../i18n/context.ts';
import { PAGE_SIZE } from '../data/pages.ts';
import { linkOf } from './JobList.tsx';
import { useShown } from './useShown.ts';

const NONE: JobSummary[] = [];

/** Shows as many jobs as the address says, and more at a press: the first of them takes the focus. */
export function ShowMore({ jobs }: { jobs: UseInfiniteQueryResult<JobSummary[]> }): ReactElement {
  const { t } = useLocalisation();
  const [shown, setShown] = useShown();
  const lastBefore = useRef<string>(undefined);
  const { data = NONE, hasNextPage, isFetching, isError, fetchNextPage } = jobs;
  const isLoading = shown > data.length && hasNextPage && !isError;

  useEffect(() => {
    if (isLoading && !isFetching) void fetchNextPage();
  }, [isLoading, isFetching, fetchNextPage]);

  useEffect(() => {
    const next = data[data.findIndex(({ id }) => id === lastBefore.current) + 1];
    if (isLoading || !next || lastBefore.current === undefined) return;
    linkOf(next)?.focus();
    lastBefore.current = undefined;
  }, [isLoading, data]);

  const showMore = (): void => {
    lastBefore.current = data.at(-1)?.id;
    setShown(data.length + PAGE_SIZE);
  };

  return (
    <>
      <p className="small" role="status">
        {shown > PAGE_SIZE && !isLoading && t('jobs.shown', { count: data.length })}
      </p>
      {hasNextPage && (
        <button type="button" aria-disabled={isLoading} onClick={showMore}>
          {t('jobs.more')}
        </button>
      )}
    </>
  );
}
