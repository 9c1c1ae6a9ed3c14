import { useSyncExternalStore } from 'react';

export type Route = { page: 'jobs' } | { page: 'job'; id: string } | { page: 'not-found' };

export function routeOf(path: string): Route {
  if (path === '/' || path === '/jobs') return { page: 'jobs' };
  const id = /^\/jobs\/([0-9a-f-]{36})$/i.exec(path)?.[1];
  return id === undefined ? { page: 'not-found' } : { page: 'job', id };
}

const listeners = new Set<() => void>();

export function navigate(path: string): void {
  history.pushState(null, '', path);
  listeners.forEach((listener) => {
    listener();
  });
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', listener);
  };
}
