import { lazy, type ReactElement, Suspense } from 'react';
import { NetworkError } from '../api/errors.ts';
import { ErrorNotice } from '../components/ErrorNotice.tsx';
import { Loading } from '../components/Loading.tsx';
import { PageTitle } from '../components/PageTitle.tsx';
import { useLocalisation } from '../i18n/context.ts';
import { useSession, useSessionState } from '../features/session/context.ts';
import { SignInPage } from '../features/session/SignInPage.tsx';
import { FailureBoundary } from './FailureBoundary.tsx';

/** Not needed to sign in, but next, and often at once: it comes while the session is resumed. */
const signedIn = import('./SignedIn.tsx').catch((error: unknown) => {
  throw new NetworkError(error);
});
// Told once it is needed.
signedIn.catch(() => undefined);
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
        <FailureBoundary key={state.user.id}>
          <Suspense fallback={<Loading />}>
            <SignedIn user={state.user} />
          </Suspense>
        </FailureBoundary>
      );
    default:
      return <SignInPage state={state} />;
  }
}
