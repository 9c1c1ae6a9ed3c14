import type { ReactElement } from 'react';
import { ApiError } from '../api/errors.ts';
import { useLocalisation } from '../i18n/context.ts';
import { messageOf } from '../i18n/messages.ts';

interface Props {
  error: unknown;
  /** Whether the page tries again by itself. */
  retries?: boolean;
  onRetry?: () => void;
}

export function ErrorNotice({ error, retries, onRetry }: Props): ReactElement {
  const { t } = useLocalisation();
  const id = error instanceof ApiError && error.status >= 500 ? error.requestId : undefined;
  return (
    <div className="notice error" role="alert">
      <p>
        <strong>{t('error.title')}.</strong> {messageOf(error, t)}
        {retries && ` ${t('error.retries')}`}
      </p>
      {id !== undefined && <p className="small">{t('error.reference', { id })}</p>}
      {onRetry && (
        <button type="button" onClick={onRetry}>
          {t('app.tryAgain')}
        </button>
      )}
    </div>
  );
}
