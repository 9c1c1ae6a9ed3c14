import { type ReactElement, type SubmitEvent, useState } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { ErrorNotice } from '../parts/ErrorNotice.tsx';
import { Field } from '../parts/Field.tsx';
import { focusProblem, valueOf } from '../parts/form.ts';
import { PageTitle } from '../parts/PageTitle.tsx';
import { useServices } from '../services.ts';
import { type AccountField, checkNewAccount, checkSignIn, type Problems } from '../state/checks.ts';

const BY_STATUS = { 401: 'session.wrong', 409: 'session.known' } as const;

export function SignInPage({ expired }: { expired: boolean }): ReactElement {
  const { t } = useLocalisation();
  const [isNew, setNew] = useState(false);
  return (
    <>
      {expired && (
        <p className="notice" role="status">
          {t('session.expired')}
        </p>
      )}
      <PageTitle key={String(isNew)} text={t(isNew ? 'session.createAccount' : 'session.signIn')} />
      <AccountForm key={`form-${String(isNew)}`} isNew={isNew} />
      <button
        type="button"
        className="quiet"
        onClick={() => {
          setNew(!isNew);
        }}
      >
        {t(isNew ? 'session.haveAccount' : 'session.noAccount')}
      </button>
    </>
  );
}

function AccountForm({ isNew }: { isNew: boolean }): ReactElement {
  const { t } = useLocalisation();
  const { session } = useServices();
  const [problems, setProblems] = useState<Problems<AccountField>>({});
  const [error, setError] = useState<unknown>();
  const [sending, setSending] = useState(false);

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = event.currentTarget;
    const values = {
      email: valueOf(form, 'email').trim(),
      password: valueOf(form, 'password'),
      tenantName: valueOf(form, 'tenantName').trim(),
    };
    const found = isNew ? checkNewAccount(values) : checkSignIn(values);
    setProblems(found);
    if (focusProblem(form, found) || sending) return;
    setSending(true);
    setError(undefined);
    const { email, password } = values;
    const sent = isNew ? session.createAccount(values) : session.signIn({ email, password });
    sent.catch(setError).finally(() => {
      setSending(false);
    });
  };

  return (
    <form noValidate onSubmit={submit} aria-busy={sending}>
      {error !== undefined && <ErrorNotice error={error} byStatus={BY_STATUS} />}
      <Field
        name="email"
        type="email"
        label={t('session.email')}
        problem={problems.email}
        autoComplete="username"
      />
      <Field
        name="password"
        type="password"
        label={t('session.password')}
        {...(isNew ? { hint: t('session.passwordHint') } : {})}
        problem={problems.password}
        autoComplete={isNew ? 'new-password' : 'current-password'}
      />
      {isNew && (
        <Field
          name="tenantName"
          label={t('session.tenantName')}
          problem={problems.tenantName}
          autoComplete="organization"
        />
      )}
      <button type="submit" aria-disabled={sending}>
        {t(sending ? 'session.sending' : isNew ? 'session.createAccount' : 'session.signIn')}
      </button>
    </form>
  );
}
