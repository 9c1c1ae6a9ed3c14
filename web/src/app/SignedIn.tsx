import { QueryClientProvider } from '@tanstack/react-query';
import { type ReactElement, useEffect, useState } from 'react';
import { Route, Switch } from 'wouter';
import type { User } from '../api/session.ts';
import { LiveJobs } from '../features/jobs/LiveJobs.tsx';
import { JobPage } from '../features/jobs/detail/JobPage.tsx';
import { JobsPage } from '../features/jobs/list/JobsPage.tsx';
import { UserContext } from '../features/session/context.ts';
import { NotFoundPage } from './NotFoundPage.tsx';
import { createQueryClient } from './query-client.ts';
import '../styles/jobs.css';
import '../styles/job-list.css';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a user sees: a component of its own for each, so that nothing of one is left for the next. */
export default function SignedIn({ user }: { user: User }): ReactElement {
  const [client] = useState(createQueryClient);
  useEffect(
    () => () => {
      client.clear();
    },
    [client],
  );
  return (
    <UserContext value={user}>
      <QueryClientProvider client={client}>
        <LiveJobs userId={user.id} />
        <Switch>
          <Route path="/" component={JobsPage} />
          <Route path="/jobs" component={JobsPage} />
          <Route path="/jobs/:id">
            {({ id }) => {
              const job = id.toLowerCase();
              return ID.test(job) ? <JobPage key={job} id={job} /> : <NotFoundPage />;
            }}
          </Route>
          <Route component={NotFoundPage} />
        </Switch>
      </QueryClientProvider>
    </UserContext>
  );
}
