import { type ReactElement, useSyncExternalStore } from 'react';
import { useSession } from '../features/session/context.ts';
import { useLocalisation } from '../i18n/context.ts';

/** Says that the browser is offline, or that the service does not answer. */
export function ServiceNotice(): ReactElement {
  const { t } = useLocalisation();
  const { service } = useSession().http;
  const online = useSyncExternalStore(subscribeToOnline, () => navigator.onLine);
  const answers = useSyncExternalStore(
    (listener) => service.subscribe(listener),
    () => service.answers,
  );
  const message = online ? (answers ? undefined : 'service.silent') : 'service.offline';
  return <div role="status">{message && <p className="notice">{t(message)}</p>}</div>;
}

function subscribeToOnline(listener: () => void): () => void {
  addEventListener('online', listener);
  addEventListener('offline', listener);
  return () => {
    removeEventListener('online', listener);
    removeEventListener('offline', listener);
  };
}
