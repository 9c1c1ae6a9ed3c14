import { createContext, use, useSyncExternalStore } from 'react';
import { Session, type SessionState, type User } from '../../api/session.ts';

export const SessionContext = createContext<Session>(new Session());

export const useSession = (): Session => use(SessionContext);

export function useSessionState(): SessionState {
  const session = useSession();
  return useSyncExternalStore(
    (listener) => session.subscribe(listener),
    () => session.state,
  );
}

/** Whom the signed-in part of the page belongs to. */
export const UserContext = createContext<User | undefined>(undefined);

export function useUser(): User {
  const user = use(UserContext);
  if (!user) throw new Error('only where someone is signed in');
  return user;
}
