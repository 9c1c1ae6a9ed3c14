import type { ReactElement } from 'react';
import type { JobFilters } from '../../../api/job-filters.ts';
import { Loading } from '../../../components/Loading.tsx';
import { QueryNotice } from '../../../components/QueryNotice.tsx';
import { useJobs } from '../data/queries.ts';
import { JobList } from './JobList.tsx';
import { NoJobs } from './NoJobs.tsx';
import { ShowMore } from './ShowMore.tsx';

export function JobHistory({ filters }: { filters: JobFilters }): ReactElement {
  const jobs = useJobs(filters);
  const { data: listed } = jobs;
  return (
    <>
      <QueryNotice query={jobs} />
      {jobs.isPending && <Loading />}
      {listed && (listed.length > 0 ? <JobList jobs={listed} /> : <NoJobs filters={filters} />)}
      <ShowMore jobs={jobs} />
    </>
  );
}
