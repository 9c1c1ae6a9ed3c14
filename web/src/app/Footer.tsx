import { type ReactElement, useEffect, useState } from 'react';
import { loadConfig, type RuntimeConfig } from './config.ts';
import { useLocalisation } from '../i18n/context.ts';

export function Footer(): ReactElement {
  const { t } = useLocalisation();
  const [config, setConfig] = useState<RuntimeConfig>();
  useEffect(() => {
    void loadConfig().then(setConfig);
  }, []);
  return (
    <footer className="small">
      {config && t('app.footer', { environment: config.environment, version: config.version })}
    </footer>
  );
}
