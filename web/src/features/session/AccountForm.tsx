import { type ReactElement, type SubmitEvent, useState } from 'react';
import { ErrorNotice } from '../../components/ErrorNotice.tsx';
import { Field, type FieldState } from '../../components/Field.tsx';
import { focusProblem, type Problems, refusedFields, useValues } from '../../components/form.ts';
import { SubmitButtons } from '../../components/SubmitButtons.tsx';
import { useSending } from '../../components/useSending.ts';
import { useLocalisation } from '../../i18n/context.ts';
import { type AccountField, type AccountValues, checkNewAccount, checkSignIn } from './checks.ts';
import { useSession } from './context.ts';

const NAMES = ['email', 'password', 'tenantName'] as const;
const EMPTY: AccountValues = { email: '', password: '', tenantName: '' };

/** Of a new account, or of one that there is. */
export function AccountForm({ isNew }: { isNew: boolean }): ReactElement {
  const { t } = useLocalisation();
  const session = useSession();
  const sending = useSending();
  const { values, latest, change } = useValues<AccountValues>(() => EMPTY);
  const [problems, setProblems] = useState<Problems<AccountField>>({});

  const refused = refusedFields(sending.error, NAMES);

  const field = (name: AccountField): FieldState => ({
    name,
    value: values[name],
    problem: problems[name] ?? refused[name],
    onChange: (value: string) => {
      change({ [name]: value });
    },
  });

  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const filledIn = latest();
    const account = {
      ...filledIn,
      email: filledIn.email.trim(),
      tenantName: filledIn.tenantName.trim(),
    };
    const found = isNew ? checkNewAccount(account) : checkSignIn(account);
    setProblems(found);
    if (focusProblem(event.currentTarget, found)) return;
    const { email, password } = account;
    sending.send((signal) =>
      isNew ? session.createAccount(account, signal) : session.signIn({ email, password }, signal),
    );
  };

  return (
    <form noValidate onSubmit={submit} aria-busy={sending.sending}>
      {sending.error !== undefined && <ErrorNotice error={sending.error} />}
      <Field type="email" label={t('session.email')} autoComplete="username" {...field('email')} />
      <Field
        type="password"
        label={t('session.password')}
        {...(isNew && { hint: t('session.passwordHint') })}
        autoComplete={isNew ? 'new-password' : 'current-password'}
        {...field('password')}
      />
      {isNew && (
        <Field label={t('session.tenantName')} autoComplete="organization" {...field('tenantName')} />
      )}
      <SubmitButtons label={t(isNew ? 'session.createAccount' : 'session.signIn')} sending={sending} />
    </form>
  );
}
