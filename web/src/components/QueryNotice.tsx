import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { Key } from '../i18n/language.ts';
import { ErrorNotice } from './ErrorNotice.tsx';

interface Props {
  query: Pick<UseQueryResult, 'error' | 'failureReason' | 'refetch'>;
  byStatus?: Readonly<Partial<Record<number, Key>>>;
  canRetry?: boolean;
}

/** Why a query has no answer: while it tries again by itself, and once it has given up. */
export function QueryNotice({ query, byStatus = {}, canRetry = true }: Props): ReactElement | null {
  const error = query.error ?? query.failureReason;
  if (error === null) return null;
  if (query.error === null) return <ErrorNotice error={error} byStatus={byStatus} retries />;
  return (
    <ErrorNotice
      error={error}
      byStatus={byStatus}
      {...(canRetry && { onRetry: () => void query.refetch() })}
    />
  );
}
