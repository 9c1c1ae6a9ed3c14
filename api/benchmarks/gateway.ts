import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, LocalServer } from '../tests/support/processes.ts';

export const NGINX = process.env.NGINX ?? '/usr/sbin/nginx';

const TEMPLATE = join(import.meta.dirname, '../../infra/nginx/gateway.conf');

/**
 * The gateway of the compose stack, with limits out of reach. Its servers are addresses here, which need no `resolve`: Nginx
 * before 1.27.3 does not know the word (CHANGES).
 */
export async function startGateway(directory: string, backendPort: number): Promise<LocalServer> {
  const [port, statusPort] = [await freePort(), await freePort()];
  const site = render(readFileSync(TEMPLATE, 'utf8').replaceAll(' resolve max_fails', ' max_fails'), {
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
  return start(directory, site, port, `http://127.0.0.1:${statusPort}/healthz`);
}

/** Its peer: what keeps connections to the backend, and nothing else. */
export async function startBareGateway(directory: string, backendPort: number): Promise<LocalServer> {
  const port = await freePort();
  const site = `
    access_log off;
    upstream backend { server 127.0.0.1:${backendPort}; keepalive 32; }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_pass http://backend;
      }
    }`;
  return start(directory, site, port, `http://127.0.0.1:${port}/healthz`);
}

function start(directory: string, site: string, port: number, url: string): Promise<LocalServer> {
  writeFileSync(join(directory, 'nginx.conf'), mainConfig(directory, site));
  const command = [NGINX, '-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr'] as const;
  return new LocalServer(port, command, {}, () => fetch(url)).start();
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
