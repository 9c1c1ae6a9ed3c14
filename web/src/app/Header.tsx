import { type ReactElement, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { forgetDraft } from '../features/jobs/new/draft.ts';
import { useSession, useSessionState } from '../features/session/context.ts';
import { useLocalisation } from '../i18n/context.ts';
import type { Language } from '../i18n/language.ts';
import { LanguageSwitch } from './LanguageSwitch.tsx';

export function Header({ onLanguage }: { onLanguage: (language: Language) => void }): ReactElement {
  const { t } = useLocalisation();
  const session = useSession();
  const state = useSessionState();
  const [address] = useLocation();
  const [error, setError] = useState<unknown>();
  const place = `${state.status} ${address}`;
  const [before, setBefore] = useState(place);
  if (place !== before) {
    setBefore(place);
    setError(undefined);
  }

  const signOut = async (userId: string): Promise<void> => {
    setError(undefined);
    await session.signOut();
    forgetDraft(userId);
  };

  return (
    <header>
      <div className="bar">
        <Link href="/jobs">
          <strong>{t('app.name')}</strong>
        </Link>
        <LanguageSwitch onChoose={onLanguage} />
        {state.status === 'signed-in' && (
          <>
            <span className="who">
              {t('session.signedInAs', { email: state.user.email, tenant: state.user.tenantName })}
            </span>
            <button
              type="button"
              className="quiet"
              onClick={() => {
                signOut(state.user.id).catch(setError);
              }}
            >
              {t('session.signOut')}
            </button>
          </>
        )}
      </div>
      {error !== undefined && <ErrorNotice error={error} />}
    </header>
  );
}
