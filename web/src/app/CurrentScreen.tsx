import { lazy, type ReactElement, Suspense } from 'react';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Loading } from '../components/Loading.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { useLocalisation } from '../i18n/context.ts';
import { useSession, useSessionState } from '../features/session/context.ts';
import { SignInPage } from '../features/session/SignInPage.tsx';

/** Not needed to sign in, but next, and often at once: it comes while the session is resumed. */
const signedIn = import('./SignedIn.tsx');
const SignedIn = lazy(() => signedIn);

/** The address stays during sign-in, so that a deep link opens its page afterwards. */
export function CurrentScreen(): ReactElement {
  const { t } = useLocalisation();
  const session = useSession();
  const state = useSessionState();

  switch (state.status) {
    case 'resuming':
      return <Loading />;
    case 'unreachable':
      return (
        <>
          <PageTitle text={t('service.unreachable')} />
          <ErrorNotice error={state.error} retries onRetry={() => void session.resume()} />
        </>
      );
    case 'signed-in':
      return (
        <Suspense fallback={<Loading />}>
          <SignedIn key={state.user.id} user={state.user} />
        </Suspense>
      );
    default:
      return <SignInPage state={state} />;
  }
}
