/**
 * How fast the worker is against BullMQ alone, and against BullMQ whose job runs the same two statements: `make
 * bench-apps`, or one part of it, `node benchmarks/main.ts fast|slow|backlog`, after `npm run build`; fast and slow may be
 * followed by how many jobs at a time. The ratios are the point.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { measureInTurn, printConditions, printTable } from '../../api/benchmarks/comparison.ts';
import { Cleanup, memoryAtRest, type Program, startProgram } from '../../api/benchmarks/programs.ts';
import { eventually, freePort, type LocalServer } from '../tests/support/processes.ts';
import {
  createTemplate,
  missingPrograms,
  POSTGRES_USER,
  query,
  startPostgres,
  startRabbitMq,
  startRedis,
  temporaryDirectory,
} from '../tests/support/servers.ts';
import { measureBacklog } from './backlog.ts';
import { type Contender, measureJobs } from './jobs.ts';

interface Ports {
  redis: number;
  rabbit: number;
}

interface DatabaseServer {
  port: number;
  pid: number;
}

/** The one that `createTemplate` makes, and the fair peer's copy of it. */
const DATABASE = 'migrated';
const FAIR_DATABASE = 'fair';
/** As a commit of a Multi-AZ database: its standby is in another zone. */
const SLOW_COMMITS = { fsync: 'on', commit_delay: '3000', commit_siblings: '0' };
const cleanup = new Cleanup();

try {
  await main();
} finally {
  await cleanup.run();
}

async function main(): Promise<void> {
  const missing = missingPrograms();
  if (missing.length > 0) {
    console.error(`bench-apps: not installed: ${missing.join(', ')}`);
    process.exitCode = 1;
    return;
  }
  const ports = {
    redis: keep(await startRedis(directory('redis'))),
    rabbit: (await startRabbitMq(directory('rabbitmq'))).map(keep)[0] ?? 0,
  };
  printConditions();
  const [only, ...atATime] = process.argv.slice(2);
  if (only === undefined || only === 'fast') {
    const database = await startDatabase({});
    for (const concurrency of atATime.length > 0 ? atATime.map(Number) : [5, 20, 50])
      await compare(ports, database, concurrency, { isSlow: false });
  }
  if (only === undefined || only === 'slow') {
    const database = await startDatabase(SLOW_COMMITS);
    for (const concurrency of atATime.length > 0 ? atATime.map(Number) : [5, 20])
      await compare(ports, database, concurrency, { isSlow: true });
  }
  if (only === undefined || only === 'backlog') await drain(ports, await startDatabase({}));
}

async function startDatabase(settings: Readonly<Record<string, string>>): Promise<DatabaseServer> {
  const path = directory('postgres');
  const port = keep(await startPostgres(path, settings));
  await createTemplate(port);
  await query(port, 'postgres', `CREATE DATABASE ${FAIR_DATABASE} TEMPLATE ${DATABASE}`);
  return { port, pid: Number(readFileSync(join(path, 'data/postmaster.pid'), 'utf8').split('\n')[0]) };
}

/** With nothing in the queues. */
async function connect(ports: Ports): Promise<Redis> {
  const redis = new Redis({ host: '127.0.0.1', port: ports.redis, maxRetriesPerRequest: null });
  cleanup.add(() => {
    redis.disconnect();
  });
  await redis.flushall();
  await redis.sadd('plataforma:queues', 'jobs', 'pair');
  return redis;
}

async function compare(
  ports: Ports,
  database: DatabaseServer,
  concurrency: number,
  { isSlow }: { isSlow: boolean },
): Promise<void> {
  const redis = await connect(ports);
  const peer = async (name: string): Promise<Contender> => {
    const queue = new Queue(name, { connection: redis });
    const program = await startPeer(`${name}-worker`, queue, ports.redis, database.port, concurrency);
    return { queue, programs: [program], turns: false };
  };
  const workers = async (name: string, count: number): Promise<Contender> => ({
    queue: new Queue(name, { connection: redis }),
    programs: await startWorkers(ports, database, { name, concurrency }, count),
    rows: { port: database.port, database: DATABASE },
    turns: true,
  });
  const bare = await peer('bare');
  const fair = { ...(await peer('fair')), rows: { port: database.port, database: FAIR_DATABASE } };
  const one = await workers('jobs', 1);
  const contenders: Record<string, Contender> = { 'bare worker': bare, 'fair worker': fair, worker: one };
  if (isSlow) contenders['two workers'] = await workers('pair', 2);
  const jobs = { tenantId: await addTenant(database), count: isSlow ? 4_000 : 10_000 };

  if (concurrency === 5 && !isSlow) await compareAtRest(bare, one);
  const servers = { postgres: database.pid, redis: await readPid(redis) };
  const measures = Object.entries(contenders).map(
    ([name, contender]) => [name, () => measureJobs(contender, servers, jobs)] as const,
  );
  const title = `${jobs.count} jobs, ${concurrency} at a time${isSlow ? ', commits of 3 ms' : ''}`;
  printTable(title, await measureInTurn(Object.fromEntries(measures)), [
    ['worker', 'fair worker'],
    ['worker', 'bare worker'],
    ...(isSlow ? ([['two workers', 'worker']] as [string, string][]) : []),
  ]);
  await checkEffects(database.port);
  for (const { programs } of Object.values(contenders)) for (const program of programs) await program.stop();
}

async function drain(ports: Ports, database: DatabaseServer): Promise<void> {
  const redis = await connect(ports);
  const programs = await startWorkers(ports, database, { name: 'jobs', concurrency: 20 }, 1);
  const queue = new Queue('jobs', { connection: redis });
  const rows = { port: database.port, database: DATABASE };
  await measureBacklog({ queue, programs, rows, turns: true }, redis, await addTenant(database));
  await checkEffects(database.port);
}

async function addTenant({ port }: DatabaseServer): Promise<string> {
  const id = randomUUID();
  for (const name of [DATABASE, FAIR_DATABASE])
    await query(port, name, "INSERT INTO tenants (id, name) VALUES ($1, 'Benchmark')", [id]);
  return id;
}

async function compareAtRest(
  { programs: [bare] }: Contender,
  { programs: [worker] }: Contender,
): Promise<void> {
  if (!bare || !worker) return;
  const memory = { 'bare worker': await memoryAtRest(bare), worker: await memoryAtRest(worker) };
  printTable('Memory at rest', [memory], [['worker', 'bare worker']]);
}

async function readPid(redis: Redis): Promise<number> {
  return Number(/^process_id:(\d+)/m.exec(await redis.info('server'))?.[1]);
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

async function startPeer(
  name: string,
  queue: Queue,
  redisPort: number,
  postgresPort: number,
  concurrency: number,
): Promise<Program> {
  const program = startProgram(await bundle(name), {
    QUEUE: queue.name,
    REDIS_PORT: String(redisPort),
    POSTGRES_PORT: String(postgresPort),
    DATABASE: FAIR_DATABASE,
    DATABASE_USER: POSTGRES_USER,
    WORKER_CONCURRENCY: String(concurrency),
  });
  cleanup.add(program.stop);
  await eventually(async () => (await queue.getWorkersCount()) > 0, program.failure);
  return program;
}

/** In one file, as the worker is: it takes less memory. */
async function bundle(name: string): Promise<string> {
  const outfile = join(directory(name), 'worker.cjs');
  await build({
    entryPoints: [`benchmarks/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    external: ['pg-native'],
  });
  return outfile;
}

async function startWorkers(
  ports: Ports,
  database: DatabaseServer,
  queue: { name: string; concurrency: number },
  count: number,
): Promise<Program[]> {
  const programs: Program[] = [];
  while (programs.length < count) programs.push(await startWorker(ports, database.port, queue));
  return programs;
}

async function startWorker(
  ports: Ports,
  postgres: number,
  { name, concurrency }: { name: string; concurrency: number },
): Promise<Program> {
  const port = await freePort();
  const program = startProgram('dist/main.js', {
    ENVIRONMENT: 'local',
    SERVICE_NAME: 'worker',
    LISTEN_HOST: '127.0.0.1',
    METRICS_PORT: String(port),
    WORKER_QUEUE: name,
    WORKER_CONCURRENCY: String(concurrency),
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(postgres),
    DATABASE_NAME: DATABASE,
    DATABASE_USERNAME: POSTGRES_USER,
    DATABASE_PASSWORD: 'any',
    DATABASE_TLS: 'false',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(ports.redis),
    REDIS_TLS: 'false',
    BROKER_KIND: 'rabbitmq',
    BROKER_ENDPOINT: `amqp://127.0.0.1:${ports.rabbit}`,
    BROKER_USERNAME: 'guest',
    BROKER_PASSWORD: 'guest',
  });
  cleanup.add(program.stop);
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, program.failure);
  return program;
}

/** A worker that was fast because it did less would prove nothing. */
async function checkEffects(port: number): Promise<void> {
  const [counts] = await query<{ jobs: string; effects: string; used: string }>(
    port,
    DATABASE,
    `SELECT (SELECT count(*) FROM jobs WHERE status = 'succeeded') AS jobs,
            (SELECT count(*) FROM job_effects) AS effects, (SELECT sum(jobs) FROM tenant_usage_shards) AS used`,
  );
  const { jobs, effects, used } = counts ?? {};
  if (jobs !== effects || jobs !== used) throw new Error(`not one effect a job: ${JSON.stringify(counts)}`);
  const [updates] = await query<{ all: string; hot: string }>(
    port,
    DATABASE,
    `SELECT n_tup_upd AS all, n_tup_hot_upd AS hot FROM pg_stat_user_tables WHERE relname = 'jobs'`,
  );
  console.log(
    `  ${jobs} jobs, each with its effect once; of ${updates?.all} updates of rows ${updates?.hot} HOT.`,
  );
}
