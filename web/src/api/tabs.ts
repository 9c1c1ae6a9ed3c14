import { tabStorage } from './storage.ts';
import { type Announcement, type Owner, Session } from './session.ts';

const NAME = 'plataforma-session';
const OWNER = 'plataforma.owner';

/** The session of this tab: all tabs share one cookie, refresh it one at a time and tell each other who signs in and out. */
export function createSession(): Session {
  const channel = new BroadcastChannel(NAME);
  const session = new Session({
    exclusively: (work) => exclusively(NAME, work),
    announce: (announcement) => {
      channel.postMessage(announcement);
    },
    owner: storedOwner(),
  });
  channel.addEventListener('message', ({ data }: MessageEvent<Announcement>) => {
    session.hear(data);
  });
  return session;
}

/**
 * Runs the work in one tab at a time; without turns where the browser has no locks, as over plain HTTP, or denies them, as it
 * does without storage.
 */
export async function exclusively<Result>(
  name: string,
  work: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  if (!('locks' in navigator)) return work();
  try {
    return await navigator.locks.request(name, signal ? { signal } : {}, work);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'SecurityError') return work();
    throw error;
  }
}

function storedOwner(): Owner {
  return {
    read: () => tabStorage.read(OWNER),
    write: (userId) => {
      tabStorage.write(OWNER, userId);
    },
  };
}
