/**
 * How fast the worker is against BullMQ alone, and against BullMQ whose job runs the same two statements: `make
 * bench-apps`. The ratios are the point.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { measureInTurn, printTable } from '../../api/benchmarks/comparison.ts';
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
import { addRows, JOBS, makeMessages, measureJobs } from './jobs.ts';

interface Ports {
  redis: number;
  rabbit: number;
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
  const fast = await startDatabase({});
  for (const concurrency of [5, 20, 50])
    await compare(ports, fast, concurrency, `${JOBS} jobs, ${concurrency} at a time`);
  const slow = await startDatabase(SLOW_COMMITS);
  for (const concurrency of [5, 20])
    await compare(ports, slow, concurrency, `${JOBS} jobs, ${concurrency} at a time, commits of 3 ms`);
}

/** The database's port. */
async function startDatabase(settings: Readonly<Record<string, string>>): Promise<number> {
  const port = keep(await startPostgres(directory('postgres'), settings));
  await createTemplate(port);
  await query(port, 'postgres', `CREATE DATABASE ${FAIR_DATABASE} TEMPLATE ${DATABASE}`);
  return port;
}

async function compare(ports: Ports, postgres: number, concurrency: number, title: string): Promise<void> {
  const redis = new Redis({ host: '127.0.0.1', port: ports.redis, maxRetriesPerRequest: null });
  cleanup.add(() => {
    redis.disconnect();
  });
  await redis.flushall();
  await redis.sadd('plataforma:queues', 'jobs');
  const [bareQueue, fairQueue, queue] = ['bare', 'fair', 'jobs'].map(
    (name) => new Queue(name, { connection: redis }),
  ) as [Queue, Queue, Queue];
  const bare = await startPeer('bare-worker', bareQueue, ports.redis, postgres, concurrency);
  const fair = await startPeer('fair-worker', fairQueue, ports.redis, postgres, concurrency);
  const worker = await startWorker(ports, postgres, concurrency);
  const tenantId = randomUUID();
  for (const database of [DATABASE, FAIR_DATABASE])
    await query(postgres, database, "INSERT INTO tenants (id, name) VALUES ($1, 'Benchmark')", [tenantId]);

  if (concurrency === 5) {
    const memory = { 'bare worker': await memoryAtRest(bare), worker: await memoryAtRest(worker) };
    printTable('Memory at rest', [memory], [['worker', 'bare worker']]);
  }
  const messagesOf = async (database: string): Promise<ReturnType<typeof makeMessages>> => {
    const messages = makeMessages(tenantId);
    await addRows(postgres, database, messages);
    return messages;
  };
  const rounds = await measureInTurn({
    'bare worker': () => measureJobs(bareQueue, makeMessages(tenantId), { turns: false }),
    'fair worker': async () => measureJobs(fairQueue, await messagesOf(FAIR_DATABASE), { turns: false }),
    worker: async () => measureJobs(queue, await messagesOf(DATABASE), { turns: true }),
  });
  printTable(title, rounds, [
    ['worker', 'fair worker'],
    ['worker', 'bare worker'],
  ]);
  await checkEffects(postgres);
  for (const program of [bare, fair, worker]) await program.stop();
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

async function startWorker(ports: Ports, postgres: number, concurrency: number): Promise<Program> {
  const port = await freePort();
  const program = startProgram('dist/main.js', {
    ENVIRONMENT: 'local',
    SERVICE_NAME: 'worker',
    LISTEN_HOST: '127.0.0.1',
    METRICS_PORT: String(port),
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
  console.log(`  ${jobs} jobs, each with its effect once.`);
}
