import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, LocalServer } from '../tests/support/processes.ts';

export const NGINX = '/usr/sbin/nginx';

const TEMPLATE = join(import.meta.dirname, '../../infra/nginx/gateway.conf');

/** The gateway of the compose stack, with limits out of reach. */
export async function startGateway(directory: string, backendPort: number): Promise<LocalServer> {
  const [port, statusPort] = [await freePort(), await freePort()];
  const site = render(readFileSync(TEMPLATE, 'utf8'), {
    PORT: `127.0.0.1:${port}`,
    STATUS_PORT: `127.0.0.1:${statusPort}`,
    ENVIRONMENT: 'local',
    SERVICE_NAME: 'gateway',
    SERVICE_VERSION: 'benchmark',
    BACKEND: `127.0.0.1:${backendPort}`,
    FRONTEND: `127.0.0.1:${backendPort}`,
    RESOLVER: '127.0.0.1',
    RATE_PER_SECOND: '1000000',
    RATE_BURST: '1000000',
    CONNECTIONS: '1000',
  });
  writeFileSync(join(directory, 'nginx.conf'), mainConfig(directory, site));
  const command = [NGINX, '-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr'] as const;
  const answers = (): Promise<unknown> => fetch(`http://127.0.0.1:${statusPort}/healthz`);
  return new LocalServer(port, command, {}, answers).start();
}

/** As the image's envsubst does it. */
function render(template: string, variables: Record<string, string>): string {
  return template.replace(/\$\{([A-Z_]+)\}/g, (_found, name: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`the gateway asks for ${name}`);
    return value;
  });
}

/** As the image's nginx.conf, with all files in one folder. */
function mainConfig(directory: string, site: string): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(directory, name)};`,
  );
  return [
    'daemon off;',
    process.getuid?.() === 0 ? 'user root;' : '',
    `pid ${join(directory, 'nginx.pid')};`,
    'worker_processes auto;',
    'events { worker_connections 1024; }',
    'http {',
    ...folders,
    site,
    '}',
  ].join('\n');
}
