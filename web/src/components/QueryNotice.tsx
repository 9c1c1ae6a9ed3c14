import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { ErrorNotice } from './ErrorNotice.tsx';

interface Props {
  query: Pick<UseQueryResult, 'error' | 'failureReason' | 'refetch'>;
  canRetry?: boolean;
}

/** Why a query has no answer: while it tries again by itself, and once it has given up. */
export function QueryNotice({ query, canRetry = true }: Props): ReactElement | null {
  const error = query.error ?? query.failureReason;
  if (error === null) return null;
  if (query.error === null) return <ErrorNotice error={error} retries />;
  return <ErrorNotice error={error} {...(canRetry && { onRetry: () => void query.refetch() })} />;
}
