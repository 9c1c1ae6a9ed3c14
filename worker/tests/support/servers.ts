import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectAmqp } from 'amqplib';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { freePort, LocalServer } from './processes.ts';
import type { Program } from './programs.ts';

const POSTGRES_ROOT = '/usr/lib/postgresql';
const RABBITMQ = '/usr/lib/rabbitmq/bin/rabbitmq-server';
const MIGRATIONS = join(import.meta.dirname, '../../../api/migrations');
export const POSTGRES_USER = 'plataforma';

/** Programs that are not installed. */
export function missingPrograms(): Program[] {
  const paths = [
    ['postgresql', POSTGRES_ROOT],
    ['redis-server', '/usr/bin/redis-server'],
    ['rabbitmq-server', RABBITMQ],
  ] as const;
  return paths.filter(([, path]) => !existsSync(path)).map(([name]) => name);
}

export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(tmpdir(), `plataforma-worker-${name}-`));
}

export async function startPostgres(
  directory: string,
  changes: Readonly<Record<string, string>> = {},
): Promise<LocalServer> {
  const data = join(directory, 'data');
  const options = { cwd: directory, ...ownerOf(directory) };
  const create = ['-D', data, '-U', POSTGRES_USER, '--auth=trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(postgresProgram('initdb'), create, { stdio: 'ignore', ...options });
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: directory,
    fsync: 'off',
    max_connections: '300',
    ...changes,
  };
  const parameters = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [postgresProgram('postgres'), '-D', data, ...parameters] as const;
  return new LocalServer(port, command, options, () => query(port, 'postgres', 'SELECT 1')).start();
}

function postgresProgram(name: string): string {
  const [version = ''] = readdirSync(POSTGRES_ROOT).sort().reverse();
  return join(POSTGRES_ROOT, version, 'bin', name);
}

/** PostgreSQL refuses to run as root. */
function ownerOf(directory: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner = postgresUser();
  chownSync(directory, owner.uid, owner.gid);
  return owner;
}

function postgresUser(): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

export async function connectPostgres(port: number, database: string): Promise<Client> {
  const client = new Client({ host: '127.0.0.1', port, user: POSTGRES_USER, password: 'any', database });
  await client.connect();
  return client;
}

export async function query<Row extends object>(
  port: number,
  database: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = await connectPostgres(port, database);
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** The database `migrated` holds the schema of the backend's migrations; tests copy it. */
export async function createTemplate(port: number): Promise<void> {
  await query(port, 'postgres', 'CREATE DATABASE migrated');
  const files = readdirSync(MIGRATIONS).filter((file) => file.endsWith('.sql'));
  for (const file of files.sort())
    await query(port, 'migrated', readFileSync(join(MIGRATIONS, file), 'utf8'));
}

export async function startRedis(directory: string): Promise<LocalServer> {
  const port = await freePort();
  const settings = [
    '--appendonly',
    'yes',
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
    '--dir',
    directory,
  ];
  const command = ['redis-server', '--bind', '127.0.0.1', '--port', String(port), ...settings] as const;
  return new LocalServer(port, command, {}, async () => {
    const redis = new Redis({ host: '127.0.0.1', port, lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      await redis.ping();
    } finally {
      redis.disconnect();
    }
  }).start();
}

/** RabbitMQ with a port mapper of its own, so that nothing of it stays behind. */
export async function startRabbitMq(directory: string): Promise<[LocalServer, LocalServer]> {
  const [port, nodePort, mapperPort] = [await freePort(), await freePort(), await freePort()];
  const plugins = join(directory, 'plugins');
  writeFileSync(plugins, '[].');
  const environment = {
    ...process.env,
    HOME: directory,
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RUNNING_UNDER_SYSTEMD: '1',
    RABBITMQ_NODENAME: `worker${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(nodePort),
    RABBITMQ_MNESIA_BASE: join(directory, 'data'),
    RABBITMQ_LOG_BASE: join(directory, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
    RABBITMQ_CONF_ENV_FILE: join(directory, 'none'),
    RABBITMQ_CONFIG_FILE: join(directory, 'none'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
  };
  const mapperCommand = ['epmd', '-address', '127.0.0.1', '-port', String(mapperPort)] as const;
  const mapper = await new LocalServer(mapperPort, mapperCommand, {}, () => Promise.resolve()).start();
  const server = new LocalServer(port, [RABBITMQ], { env: environment, cwd: directory }, async () => {
    const connection = await connectAmqp(`amqp://guest:guest@127.0.0.1:${port}`, { timeout: 1_000 });
    await connection.close();
  });
  try {
    return [await server.start(), mapper];
  } catch (error) {
    await mapper.stop();
    throw error;
  }
}

/** Moto's server, or the reason why there is none. */
export async function startSqs(directory: string): Promise<LocalServer | string> {
  const program = findMoto(directory);
  if (program.startsWith('moto')) return program;
  const port = await freePort();
  return new LocalServer(port, [program, '-H', '127.0.0.1', '-p', String(port)], {}, async () => {
    await fetch(`http://127.0.0.1:${port}/moto-api/`);
  }).start();
}

function findMoto(directory: string): string {
  const places = [process.env.MOTO_SERVER, join(import.meta.dirname, '../../../.venv/bin/moto_server')];
  const found = places.find((place) => place !== undefined && existsSync(place));
  if (found !== undefined) return found;
  try {
    const environment = join(tmpdir(), 'plataforma-worker-moto');
    const program = join(environment, 'bin/moto_server');
    if (existsSync(program)) return program;
    execFileSync('python3', ['-m', 'venv', environment], { stdio: 'ignore', cwd: directory });
    execFileSync(join(environment, 'bin/pip'), ['install', '--quiet', 'moto[server]'], { stdio: 'ignore' });
    return program;
  } catch {
    return 'moto cannot be installed';
  }
}
