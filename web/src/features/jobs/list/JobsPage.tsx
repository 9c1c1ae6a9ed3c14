import type { ReactElement } from 'react';
import { Loading } from '../../../components/Loading.tsx';
import { PageTitle } from '../../../components/PageTitle.tsx';
import { QueryNotice } from '../../../components/QueryNotice.tsx';
import { useLocalisation } from '../../../i18n/context.ts';
import { useJobs } from '../data/queries.ts';
import { NewJobForm } from '../new/NewJobForm.tsx';
import { JobList } from './JobList.tsx';
import { ShowMore } from './ShowMore.tsx';
import { useJobFilters } from './useJobFilters.ts';

export function JobsPage(): ReactElement {
  const { t } = useLocalisation();
  const [filters] = useJobFilters();
  const jobs = useJobs(filters);
  return (
    <>
      <PageTitle text={t('jobs.title')} />
      <NewJobForm />
      <section aria-labelledby="history">
        <h2 id="history">{t('jobs.history')}</h2>
        <QueryNotice query={jobs} />
        {jobs.isPending ? <Loading /> : <JobList jobs={jobs.data ?? []} />}
        <ShowMore jobs={jobs} />
      </section>
    </>
  );
}
