import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createSession } from './api/tabs.ts';
import { App } from './App.tsx';
import { ServicesContext, servicesOf } from './services.ts';
import './styles.css';

const services = servicesOf(createSession());
void services.session.resume();

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ServicesContext value={services}>
        <App />
      </ServicesContext>
    </StrictMode>,
  );
}
