import { createContext, use, useSyncExternalStore } from 'react';
import { Jobs } from './api/jobs.ts';
import { Session, type SessionState } from './api/session.ts';

export interface Services {
  session: Session;
  jobs: Jobs;
}

export function servicesOf(session: Session): Services {
  return { session, jobs: new Jobs(session) };
}

export const ServicesContext = createContext<Services>(servicesOf(new Session()));

export const useServices = (): Services => use(ServicesContext);

export function useSessionState(): SessionState {
  const { session } = useServices();
  return useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
}
