/** How fast the API is against a peer that does the same work and nothing else: `make bench-apps`, or one part of it,
 * `node benchmarks/main.ts reads|submissions|streams|opening`, after `npm run build`. `overload` runs
 * by its name alone, with the built worker: it takes minutes. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { Pool } from 'pg';
import { migrate } from '../src/stores/migrations.ts';
import { ApiClient } from '../tests/support/client.ts';
import { eventually, freePort, type LocalServer } from '../tests/support/processes.ts';
import { missingPrograms, POSTGRES_USER, query, temporaryDirectory } from '../tests/support/servers.ts';
import { startStores, type StorePorts, storeVariables } from '../tests/support/stores.ts';
import { type Measured, measureInTurn, printConditions, printTable } from './comparison.ts';
import { NGINX, startBareGateway, startGateway } from './gateway.ts';
import {
  Cleanup,
  cpuMicroseconds,
  inspectorOptions,
  memoryAtRest,
  type Served,
  startProgram,
  type Variables,
} from './programs.ts';
import type { Server } from './load.ts';
import { measureOverload } from './overload.ts';
import { measureReads } from './reads.ts';
import { measureOpening, measureStreams } from './streams.ts';
import { measureSubmissions } from './submissions.ts';
import type { Inspected } from './tenants.ts';

/** The default of DATABASE_POOL_SIZE, for all who have a pool. */
const POOL_SIZE = 10;
const DATABASES = { api: 'api', peer: 'peer' };
const SIGNING_KEY = { id: 'key-1', secret: 'a signing key of nothing but this benchmark' };
const DEFAULT_LIMITS = { RATE_LIMIT_PER_MINUTE: '600', UNFINISHED_JOBS_PER_TENANT: '10000' };
/** A start is measured to as many. */
const LOOK_AGAIN_MS = 5;
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
  const servers = await startStores(directory, keep);
  await createDatabases(servers.postgres);
  const [bareFile, peerFile] = [await bundle('bare-server'), await bundle('fair-peer')];
  const bare = await serve(bareFile, {}, '/healthz');
  const peer = await serve(peerFile, peerVariables(servers), '/healthz');
  const api = await serve('dist/main.js', apiVariables(servers), '/readyz');
  const gatewayPort = keep(await startGateway(directory('gateway'), api.port));
  const bareGatewayPort = keep(await startBareGateway(directory('bare-gateway'), api.port));

  printConditions();
  const [only] = process.argv.slice(2);
  if (only === undefined) {
    const rest = { 'bare server': await memoryAtRest(bare.program), API: await memoryAtRest(api.program) };
    printTable('At rest', [rest], [['API', 'bare server']]);
    const starts = {
      'bare server': () => measureStart(bareFile, {}, '/healthz'),
      API: () => measureStart('dist/main.js', apiVariables(servers), '/readyz'),
    };
    printTable('Start', await measureInTurn(starts), [['API', 'bare server']]);
  }
  const { accessToken } = await new ApiClient(`http://127.0.0.1:${api.port}`).signUp();
  const pools = { peer: connect(servers, DATABASES.peer), api: connect(servers, DATABASES.api) };
  const tenantId = await copyTenant(pools.api, pools.peer);
  const contenders = {
    peer: served(peer),
    api: served(api),
    gateway: { port: gatewayPort, pid: api.program.pid },
    bareGateway: { port: bareGatewayPort, pid: api.program.pid },
  };
  if (only === undefined || only === 'reads') await measureReads(contenders, pools.peer, SIGNING_KEY);
  if (only === undefined || only === 'submissions')
    await measureSubmissions(contenders, pools, { accessToken, tenantId });
  const start = async (limits: Variables = {}): Promise<Inspected> => {
    const inspectorPort = await freePort();
    const inspected = { NODE_OPTIONS: inspectorOptions(inspectorPort) };
    const variables = { ...apiVariables(servers), ...limits, ...inspected };
    return { ...(await serve('dist/main.js', variables, '/readyz')), inspectorPort };
  };
  const started = {
    start,
    database: { port: servers.postgres, name: DATABASES.api },
    signingKey: SIGNING_KEY,
    accessToken,
  };
  if (only === undefined || only === 'streams') await measureStreams(started);
  if (only === undefined || only === 'opening') await measureOpening(started);
  if (only === 'overload') {
    const port = await freePort();
    const worker = startProgram('../worker/dist/main.js', workerVariables(servers, port));
    cleanup.add(worker.stop);
    await eventually(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, worker.failure);
    await measureOverload({ ...started, start: () => start(DEFAULT_LIMITS) });
  }
}

function served({ port, program }: Served): Server {
  return { port, pid: program.pid };
}

async function measureStart(file: string, variables: Variables, readyPath: string): Promise<Measured> {
  const { program, readyMs } = await serve(file, variables, readyPath);
  const cpuMs = cpuMicroseconds(program.pid) / 1000;
  await program.stop();
  return { 'ready after ms': readyMs, 'CPU ms': cpuMs };
}

function connect({ postgres: port }: StorePorts, database: string): Pool {
  const pool = new Pool({ host: '127.0.0.1', port, database, user: POSTGRES_USER, max: POOL_SIZE });
  cleanup.add(() => pool.end());
  return pool;
}

/** The token names a tenant of the API: the peer's database gets it too. */
async function copyTenant(from: Pool, to: Pool): Promise<string> {
  const { rows } = await from.query<{ id: string; name: string }>('SELECT id, name FROM tenants');
  const [tenant] = rows;
  await to.query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [tenant?.id, tenant?.name]);
  return tenant?.id ?? '';
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
async function bundle(name: string): Promise<string> {
  const outfile = join(directory(name), 'server.cjs');
  await build({
    entryPoints: [`benchmarks/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    external: ['pg-native'],
  });
  return outfile;
}

async function serve(file: string, variables: Variables, readyPath: string): Promise<Served> {
  const port = await freePort();
  const start = performance.now();
  const program = startProgram(file, { PORT: String(port), ...variables });
  cleanup.add(program.stop);
  const isReady = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}${readyPath}`)).ok;
  await eventually(isReady, program.failure, LOOK_AGAIN_MS);
  return { program, port, readyMs: performance.now() - start };
}

function peerVariables({ postgres }: StorePorts): Variables {
  return {
    DATABASE_URL: `postgres://${POSTGRES_USER}@127.0.0.1:${postgres}/${DATABASES.peer}`,
    DATABASE_POOL_SIZE: String(POOL_SIZE),
    JWT_SIGNING_KEYS: JSON.stringify({ [SIGNING_KEY.id]: SIGNING_KEY.secret }),
  };
}

function apiVariables(ports: StorePorts): Variables {
  return {
    ...storeVariables(ports, DATABASES.api),
    SERVICE_NAME: 'backend',
    METRICS_PORT: '0',
    RATE_LIMIT_PER_MINUTE: '10000000',
    UNFINISHED_JOBS_PER_TENANT: '1000000',
    STORED_JOBS_PER_TENANT: '100000000',
    STORED_MIB_PER_TENANT: '1000000',
    JWT_SIGNING_KEYS: JSON.stringify({ [SIGNING_KEY.id]: SIGNING_KEY.secret }),
  };
}

function workerVariables(ports: StorePorts, metricsPort: number): Variables {
  return {
    ...storeVariables(ports, DATABASES.api),
    SERVICE_NAME: 'worker',
    METRICS_PORT: String(metricsPort),
  };
}
