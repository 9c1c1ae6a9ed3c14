import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import type { Sending } from './useSending.ts';

/** The button of a form, and another that stops waiting while it sends. */
export function SubmitButtons({ label, sending }: { label: string; sending: Sending }): ReactElement {
  const { t } = useLocalisation();
  return (
    <div className="buttons">
      <button type="submit" aria-disabled={sending.sending}>
        {sending.sending ? t('session.sending') : label}
      </button>
      {sending.sending && (
        <button type="button" className="quiet" onClick={sending.cancel}>
          {t('app.cancel')}
        </button>
      )}
    </div>
  );
}
