import { createContext, use, useSyncExternalStore } from 'react';
import { Session, type SessionState } from '../../api/session.ts';

export const SessionContext = createContext<Session>(new Session());

export const useSession = (): Session => use(SessionContext);

export function useSessionState(): SessionState {
  const session = useSession();
  return useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
}
