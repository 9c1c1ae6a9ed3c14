import { Session } from './session.ts';

const NAME = 'plataforma-session';

/** One session for all tabs: they refresh one at a time, and a sign-out in one signs out all. */
export function createSession(): Session {
  const channel = new BroadcastChannel(NAME);
  const session = new Session({
    exclusively: (work) => navigator.locks.request(NAME, work),
    announceEnd: () => {
      channel.postMessage('end');
    },
  });
  channel.addEventListener('message', () => {
    session.end(false);
  });
  return session;
}
