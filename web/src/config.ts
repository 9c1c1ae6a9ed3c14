export interface RuntimeConfig {
  environment: string;
  version: string;
}

/** What the web server says about this installation; the client works without it. */
export async function loadConfig(): Promise<RuntimeConfig | undefined> {
  const response = await fetch('/config.json').catch(() => undefined);
  if (response?.ok !== true) return undefined;
  return (await response.json().catch(() => undefined)) as RuntimeConfig | undefined;
}
