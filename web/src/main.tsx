import { createRoot } from 'react-dom/client';
import { createSession } from './api/tabs.ts';
import { App } from './app/App.tsx';
import { SessionContext } from './features/session/context.ts';
import './styles/base.css';
import './styles/controls.css';

const session = createSession();
void session.resume();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <SessionContext value={session}>
      <App />
    </SessionContext>,
  );
}
