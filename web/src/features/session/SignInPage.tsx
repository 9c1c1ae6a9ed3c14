import { type ReactElement, useState } from 'react';
import type { SessionState } from '../../api/session.ts';
import { PageTitle } from '../../components/PageTitle.tsx';
import { useLocalisation } from '../../i18n/context.ts';
import { AccountForm } from './AccountForm.tsx';
import { useSession } from './context.ts';

export function SignInPage({ state }: { state: SessionState }): ReactElement {
  const { t } = useLocalisation();
  const [isNew, setNew] = useState(false);
  return (
    <>
      {state.status === 'ended' && (
        <p className="notice" role="status">
          {t('session.expired')}
        </p>
      )}
      {state.status === 'taken-over' && <TakenOver by={state.by} />}
      <PageTitle key={String(isNew)} text={t(isNew ? 'session.createAccount' : 'session.signIn')} />
      <AccountForm key={`form-${String(isNew)}`} isNew={isNew} />
      <button
        type="button"
        className="quiet"
        onClick={() => {
          setNew((before) => !before);
        }}
      >
        {t(isNew ? 'session.haveAccount' : 'session.noAccount')}
      </button>
      {!isNew && <p className="small">{t('session.forgotten')}</p>}
    </>
  );
}

function TakenOver({ by: email }: { by: string }): ReactElement {
  const { t } = useLocalisation();
  const session = useSession();
  return (
    <div className="notice" role="status">
      <p>{t('session.takenOver', { email })}</p>
      <button type="button" onClick={() => void session.continueAsOther()}>
        {t('session.continue', { email })}
      </button>
    </div>
  );
}
