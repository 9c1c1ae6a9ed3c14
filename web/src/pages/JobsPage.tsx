import type { ReactElement } from 'react';
import { useLocalisation } from '../i18n/context.ts';
import { ErrorNotice } from '../parts/ErrorNotice.tsx';
import { JobList } from '../parts/JobList.tsx';
import { NewJobForm } from '../parts/NewJobForm.tsx';
import { PageTitle } from '../parts/PageTitle.tsx';
import { Reconnecting } from '../parts/Reconnecting.tsx';
import { type History, useHistory } from '../state/useHistory.ts';

export function JobsPage(): ReactElement {
  const { t } = useLocalisation();
  const history = useHistory();
  return (
    <>
      <PageTitle text={t('jobs.title')} />
      <NewJobForm onSubmitted={history.add} />
      <section aria-labelledby="history">
        <h2 id="history">{t('jobs.history')}</h2>
        <Reconnecting connected={history.connected} />
        {history.error !== undefined && <ErrorNotice error={history.error} onRetry={history.load} />}
        <Jobs history={history} />
      </section>
    </>
  );
}

function Jobs({ history }: { history: History }): ReactElement {
  const { t } = useLocalisation();
  if (!history.loaded) return <p role="status">{t('app.loading')}</p>;
  if (history.jobs.length === 0) return <p>{t('jobs.empty')}</p>;
  return (
    <>
      <JobList jobs={history.jobs} />
      {history.hasMore && (
        <button type="button" onClick={history.loadMore}>
          {t('jobs.more')}
        </button>
      )}
    </>
  );
}
