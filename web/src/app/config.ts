export interface RuntimeConfig {
  environment: string;
  version: string;
}

/** The web server's /config.json. The client works without it. */
export async function loadConfig(): Promise<RuntimeConfig | undefined> {
  const response = await fetch('/config.json').catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return (await response.json().catch(() => undefined)) as RuntimeConfig | undefined;
}
