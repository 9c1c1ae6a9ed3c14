/** How fast the API is against what it is made of: `make bench-apps`. The ratios are the point. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { migrate } from '../src/stores/migrations.ts';
import { ApiClient } from '../tests/support/client.ts';
import { eventually, freePort, type LocalServer } from '../tests/support/processes.ts';
import {
  missingPrograms,
  POSTGRES_USER,
  query,
  startPostgres,
  startRabbitMq,
  startRedis,
  temporaryDirectory,
} from '../tests/support/servers.ts';
import { printTable } from './comparison.ts';
import { NGINX, startGateway } from './gateway.ts';
import { Cleanup, memoryAtRest, type Program, startProgram, type Variables } from './programs.ts';
import { measureReads } from './reads.ts';
import { measureStreams } from './streams.ts';
import { measureSubmissions } from './submissions.ts';

interface Ports {
  postgres: number;
  redis: number;
  rabbit: number;
}

const DATABASES = { api: 'api', inserts: 'inserts' };
const SIGNING_KEY = { id: 'key-1', secret: 'a signing key of nothing but this benchmark' };
const cleanup = new Cleanup();

try {
  await main();
} finally {
  await cleanup.run();
}

async function main(): Promise<void> {
  const missing = [...missingPrograms(), ...(existsSync(NGINX) ? [] : ['nginx'])];
  if (missing.length > 0) {
    console.error(`bench-apps: not installed: ${missing.join(', ')}`);
    process.exitCode = 1;
    return;
  }
  const servers = await startServers();
  await createDatabases(servers.postgres);
  const bare = await serve(await bundleBareServer(), {}, '/api/v1/usage');
  const api = await serve('dist/main.js', apiVariables(servers), '/readyz');
  const gatewayPort = keep(await startGateway(directory('gateway'), api.port));

  const memory = { 'bare server': await memoryAtRest(bare.program), API: await memoryAtRest(api.program) };
  printTable('Memory at rest', [memory], [['API', 'bare server']]);
  const { accessToken } = await new ApiClient(`http://127.0.0.1:${api.port}`).signUp();
  await measureReads({ bare: bare.port, api: api.port, gateway: gatewayPort }, accessToken);
  await measureSubmissions({ port: api.port, accessToken }, servers.postgres, DATABASES);
  const database = { port: servers.postgres, name: DATABASES.api };
  await measureStreams({
    port: api.port,
    pid: api.program.pid,
    database,
    signingKey: SIGNING_KEY,
    accessToken,
  });
}

async function startServers(): Promise<Ports> {
  const postgres = keep(await startPostgres(directory('postgres')));
  const redis = keep(await startRedis(directory('redis')));
  const [rabbit = 0] = (await startRabbitMq(directory('rabbitmq'))).map(keep);
  return { postgres, redis, rabbit };
}

function directory(name: string): string {
  const path = temporaryDirectory(name);
  cleanup.add(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

function keep(server: LocalServer): number {
  cleanup.add(() => server.stop());
  return server.port;
}

async function createDatabases(port: number): Promise<void> {
  for (const database of Object.values(DATABASES)) {
    await query(port, 'postgres', `CREATE DATABASE ${database}`);
    await migrate({ host: '127.0.0.1', port, user: POSTGRES_USER, database }, 'migrations');
  }
}

/** In one file, as the API is: it takes less memory. */
async function bundleBareServer(): Promise<string> {
  const outfile = join(directory('bare'), 'server.cjs');
  await build({ entryPoints: ['benchmarks/bare-server.ts'], outfile, bundle: true, platform: 'node' });
  return outfile;
}

async function serve(
  file: string,
  variables: Variables,
  readyPath: string,
): Promise<{ program: Program; port: number }> {
  const port = await freePort();
  const program = startProgram(file, { PORT: String(port), ...variables });
  cleanup.add(program.stop);
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}${readyPath}`)).ok, program.failure);
  return { program, port };
}

function apiVariables({ postgres, redis, rabbit }: Ports): Variables {
  return {
    ENVIRONMENT: 'local',
    SERVICE_NAME: 'backend',
    LISTEN_HOST: '127.0.0.1',
    METRICS_PORT: '0',
    RATE_LIMIT_PER_MINUTE: '10000000',
    STORED_JOBS_PER_TENANT: '100000000',
    STORED_MIB_PER_TENANT: '1000000',
    STREAMS_PER_ACCOUNT: '10000',
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(postgres),
    DATABASE_NAME: DATABASES.api,
    DATABASE_USERNAME: POSTGRES_USER,
    DATABASE_PASSWORD: 'any',
    DATABASE_TLS: 'false',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis),
    REDIS_TLS: 'false',
    BROKER_KIND: 'rabbitmq',
    BROKER_ENDPOINT: `amqp://127.0.0.1:${rabbit}`,
    BROKER_USERNAME: 'guest',
    BROKER_PASSWORD: 'guest',
    JWT_SIGNING_KEYS: JSON.stringify({ [SIGNING_KEY.id]: SIGNING_KEY.secret }),
  };
}
