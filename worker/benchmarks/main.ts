/** How fast the worker is against BullMQ alone: `make bench-apps`. The ratios are the point. */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { build } from 'esbuild';
import { Redis } from 'ioredis';
import { type Measured, measureInTurn, printTable } from '../../api/benchmarks/comparison.ts';
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
  postgres: number;
  redis: number;
  rabbit: number;
}

/** The one that `createTemplate` makes. */
const DATABASE = 'migrated';
/** The default of WORKER_CONCURRENCY. */
const CONCURRENCY = '5';
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
  const ports = await startServers();
  await createTemplate(ports.postgres);
  const redis = connectRedis(ports.redis);
  await redis.sadd('plataforma:queues', 'jobs');
  const [bareQueue, queue] = [
    new Queue('bare', { connection: redis }),
    new Queue('jobs', { connection: redis }),
  ];
  const bare = await startBareWorker(bareQueue, ports.redis);
  const worker = await startWorker(ports);

  const memory = { 'bare worker': await memoryAtRest(bare), worker: await memoryAtRest(worker) };
  printTable('Memory at rest', [memory], [['worker', 'bare worker']]);
  const tenantId = await addTenant(ports.postgres);
  const rounds = await measureInTurn({
    'bare worker': () => measureJobs(bareQueue, makeMessages(tenantId)),
    worker: () => measureWorker(queue, ports.postgres, tenantId),
  });
  printTable(`${JOBS} jobs, ${CONCURRENCY} at a time`, rounds, [['worker', 'bare worker']]);
  await checkEffects(ports.postgres);
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

function connectRedis(port: number): Redis {
  const redis = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null });
  cleanup.add(() => {
    redis.disconnect();
  });
  return redis;
}

async function startBareWorker(queue: Queue, redisPort: number): Promise<Program> {
  const program = startProgram(await bundleBareWorker(), {
    QUEUE: queue.name,
    REDIS_PORT: String(redisPort),
    WORKER_CONCURRENCY: CONCURRENCY,
  });
  cleanup.add(program.stop);
  await eventually(async () => (await queue.getWorkersCount()) > 0, program.failure);
  return program;
}

/** In one file, as the worker is: it takes less memory. */
async function bundleBareWorker(): Promise<string> {
  const outfile = join(directory('bare'), 'worker.cjs');
  await build({ entryPoints: ['benchmarks/bare-worker.ts'], outfile, bundle: true, platform: 'node' });
  return outfile;
}

async function startWorker({ postgres, redis, rabbit }: Ports): Promise<Program> {
  const port = await freePort();
  const program = startProgram('dist/main.js', {
    ENVIRONMENT: 'local',
    SERVICE_NAME: 'worker',
    LISTEN_HOST: '127.0.0.1',
    METRICS_PORT: String(port),
    WORKER_CONCURRENCY: CONCURRENCY,
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(postgres),
    DATABASE_NAME: DATABASE,
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
  });
  cleanup.add(program.stop);
  await eventually(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok, program.failure);
  return program;
}

async function addTenant(port: number): Promise<string> {
  const id = randomUUID();
  await query(port, DATABASE, "INSERT INTO tenants (id, name) VALUES ($1, 'Benchmark')", [id]);
  return id;
}

async function measureWorker(queue: Queue, postgresPort: number, tenantId: string): Promise<Measured> {
  const messages = makeMessages(tenantId);
  await addRows(postgresPort, DATABASE, messages);
  const measured = await measureJobs(queue, messages);
  await eventually(
    async () => (await query(postgresPort, DATABASE, 'SELECT FROM outbox LIMIT 1')).length === 0,
  );
  return measured;
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
