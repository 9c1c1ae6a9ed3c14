import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { ErrorNotice } from '../parts/ErrorNotice.tsx';
import { routeOf, usePath } from '../router.ts';
import { useServices, useSessionState } from '../services.ts';
import { JobPage } from './JobPage.tsx';
import { JobsPage } from './JobsPage.tsx';
import { NotFoundPage } from './NotFoundPage.tsx';
import { SignInPage } from './SignInPage.tsx';

/** The path stays during sign-in, so that a deep link opens its page afterwards. */
export function CurrentPage(): ReactElement {
  const { t } = useLocalisation();
  const { session } = useServices();
  const state = useSessionState();
  const route = routeOf(usePath());

  switch (state.status) {
    case 'resuming':
      return <p role="status">{t('app.loading')}</p>;
    case 'unreachable':
      return <ErrorNotice error={state.error} onRetry={() => void session.resume()} />;
    case 'signed-out':
      return <SignInPage expired={state.expired} />;
    case 'signed-in':
      if (route.page === 'jobs') return <JobsPage />;
      return route.page === 'job' ? <JobPage key={route.id} id={route.id} /> : <NotFoundPage />;
  }
}
