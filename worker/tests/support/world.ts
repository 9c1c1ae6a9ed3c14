import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type ConfirmChannel, connect as connectAmqp } from 'amqplib';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/observability/logger.ts';
import type { BrokerMessage, JobMessage } from '../../src/messages.ts';
import { type Service, type ServiceOptions, startService } from '../../src/service.ts';
import { eventually, type LocalServer } from './processes.ts';
import { connectPostgres, POSTGRES_USER, query, startRedis, temporaryDirectory } from './servers.ts';

export type Variables = Record<string, string>;

export interface JobRow {
  id: string;
  status: string;
  progress: number;
  attempts: number;
  result: unknown;
  error: string | null;
}

export interface Program {
  child: ChildProcess;
  output: () => string;
  ended: Promise<unknown[]>;
}

interface WorldPorts {
  postgres?: number;
  rabbit?: number;
}

export function accountCreated(tenantId: string): BrokerMessage {
  return {
    id: randomUUID(),
    type: 'account.created',
    occurredAt: new Date().toISOString(),
    requestId: randomUUID(),
    data: { tenantId, userId: randomUUID() },
  };
}

/** A database, a Redis and broker queues of one test file's own, and the workers that use them. */
export class World {
  readonly database = `test_${randomUUID().replaceAll('-', '')}`;
  readonly queuePrefix = `test-${randomUUID()}-`;
  readonly output: string[] = [];
  readonly tenantId: string = randomUUID();
  readonly redis: Redis;
  readonly redisServer: LocalServer;
  readonly queue: Queue;
  readonly #ports: Required<WorldPorts>;
  readonly #directory: string;
  readonly #services: Service[] = [];
  readonly #programs: Program[] = [];
  readonly #turns = new Map<string, number>();

  private constructor(redisServer: LocalServer, directory: string, ports: WorldPorts) {
    this.redisServer = redisServer;
    this.#directory = directory;
    this.#ports = { postgres: inject('postgresPort'), rabbit: inject('rabbitPort'), ...ports };
    this.redis = new Redis({ host: '127.0.0.1', port: redisServer.port, maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
    this.queue = new Queue('jobs', { connection: this.redis });
    this.queue.on('error', () => undefined);
  }

  static async create(ports: WorldPorts = {}): Promise<World> {
    const directory = temporaryDirectory('redis');
    const world = new World(await startRedis(directory), directory, ports);
    await query(world.#ports.postgres, 'postgres', `CREATE DATABASE ${world.database} TEMPLATE migrated`);
    await world.addTenant(world.tenantId);
    await world.redis.sadd('plataforma:queues', 'jobs');
    return world;
  }

  async destroy(): Promise<void> {
    for (const { child } of this.#programs) child.kill('SIGKILL');
    await this.stopWorkers();
    await this.queue.close();
    this.redis.disconnect();
    await this.redisServer.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  variables(overrides: Variables = {}): Variables {
    return {
      ENVIRONMENT: 'local',
      SERVICE_NAME: 'worker',
      LISTEN_HOST: '127.0.0.1',
      METRICS_PORT: '0',
      DATABASE_HOST: '127.0.0.1',
      DATABASE_PORT: String(this.#ports.postgres),
      DATABASE_NAME: this.database,
      DATABASE_USERNAME: POSTGRES_USER,
      DATABASE_PASSWORD: 'the-database-password',
      DATABASE_TLS: 'false',
      REDIS_HOST: '127.0.0.1',
      REDIS_PORT: String(this.redisServer.port),
      REDIS_TLS: 'false',
      BROKER_KIND: 'rabbitmq',
      BROKER_ENDPOINT: `amqp://127.0.0.1:${this.#ports.rabbit}`,
      BROKER_QUEUE_PREFIX: this.queuePrefix,
      BROKER_USERNAME: 'guest',
      BROKER_PASSWORD: 'guest',
      JOB_LOCK_SECONDS: '1',
      STOP_TIMEOUT_SECONDS: '10',
      ...overrides,
    };
  }

  /** A worker in this process, of whatever kinds of job. */
  async worker(overrides: Variables = {}, options: ServiceOptions = {}): Promise<Service> {
    const config = readConfig(this.variables(overrides));
    const write = (line: string): void => {
      this.output.push(line);
    };
    const service = await startService(config, createLogger(config, { write }), write, options);
    service.running.catch(() => undefined);
    this.#services.push(service);
    return service;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.#services.splice(0).map((service) => service.stop()));
  }

  run(file: string, overrides: Variables = {}, parameters: string[] = []): Program {
    const variables = {
      ...this.variables(overrides),
      AWS_ACCESS_KEY_ID: 'none',
      AWS_SECRET_ACCESS_KEY: 'none',
    };
    const program = runProgram(file, variables, parameters);
    this.#programs.push(program);
    return program;
  }

  /** The built worker, ready. */
  async program(overrides: Variables = {}): Promise<Program & { url: string }> {
    const program = this.run('dist/main.js', overrides);
    const url = await eventually(
      () => /"url":"([^"]+)"/.exec(program.output())?.[1],
      () => (program.child.exitCode === null ? undefined : new Error(program.output())),
    );
    await eventually(async () => (await fetch(`${url}/readyz`)).ok);
    return { ...program, url };
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(this.#ports.postgres, this.database, text, values);
  }

  async addTenant(id: string = randomUUID()): Promise<string> {
    await this.sql("INSERT INTO tenants (id, name) VALUES ($1, 'Tests')", [id]);
    return id;
  }

  /** A job's row, without anything in the queue. */
  async row(kind: string, payload: object, tenantId = this.tenantId): Promise<JobMessage> {
    const message = this.message(kind, tenantId);
    await this.sql(
      `INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload)
       VALUES ($1, $2, $3, 'hash', $4, $5)`,
      [message.jobId, tenantId, randomUUID(), kind, payload],
    );
    return message;
  }

  message(kind: string, tenantId = this.tenantId): JobMessage {
    const traceparent = `00-${randomUUID().replaceAll('-', '')}-0123456789abcdef-01`;
    return { jobId: randomUUID(), tenantId, kind, requestId: randomUUID(), traceparent };
  }

  /** As the backend's relay does: one job of each tenant has a turn. */
  async enqueue(message: JobMessage, attempts = 5): Promise<void> {
    const turn = (this.#turns.get(message.tenantId) ?? 1) + 1;
    this.#turns.set(message.tenantId, turn);
    await this.queue.add(message.kind, message, {
      jobId: message.jobId,
      priority: turn,
      attempts,
      removeOnComplete: { age: 3_600, count: 10_000 },
      removeOnFail: false,
    });
  }

  async submit(kind: string, payload: object, attempts = 5): Promise<string> {
    const message = await this.row(kind, payload);
    await this.enqueue(message, attempts);
    return message.jobId;
  }

  async job(id: string): Promise<JobRow | undefined> {
    const [row] = await this.sql<JobRow>(
      'SELECT id, status, progress, attempts, result, error FROM jobs WHERE id = $1',
      [id],
    );
    return row;
  }

  async reached(id: string, status: string): Promise<JobRow> {
    return eventually(
      async () => {
        const row = await this.job(id);
        return row?.status === status ? row : undefined;
      },
      () => undefined,
      `job ${status}`,
    );
  }

  /** Settles when BullMQ has the job in the state. */
  async queued(id: string, state: string): Promise<void> {
    await eventually(async () => (await this.queue.getJobState(id)) === state, undefined, `job in ${state}`);
  }

  /** Locks the job's row until the returned function is called. */
  async hold(id: string): Promise<() => Promise<void>> {
    return this.#lock('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [id]);
  }

  /** Until the returned function is called no job succeeds: its effect waits. */
  async holdEffects(): Promise<() => Promise<void>> {
    return this.#lock('LOCK TABLE job_effects IN SHARE MODE');
  }

  async #lock(statement: string, values: unknown[] = []): Promise<() => Promise<void>> {
    const client = await connectPostgres(this.#ports.postgres, this.database);
    await client.query('BEGIN');
    await client.query(statement, values);
    return () => client.end();
  }

  /** Settles when a worker has received the job whose row is held, and waits for the row. */
  async waitsForRow(): Promise<void> {
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    await eventually(async () => (await this.sql(waiting)).length > 0);
  }

  async effects(id: string): Promise<number> {
    return (await this.sql('SELECT FROM job_effects WHERE job_id = $1', [id])).length;
  }

  async usage(): Promise<{ jobs: number; units: number }> {
    const [row] = await this.sql<{ jobs: string | null; units: string | null }>(
      'SELECT sum(jobs) AS jobs, sum(units) AS units FROM tenant_usage_shards WHERE tenant_id = $1',
      [this.tenantId],
    );
    return { jobs: Number(row?.jobs ?? 0), units: Number(row?.units ?? 0) };
  }

  /** What is in a broker queue; it is taken out. */
  async drain(queue: string): Promise<BrokerMessage[]> {
    return this.#withBroker(async (channel) => {
      const messages: BrokerMessage[] = [];
      for (;;) {
        const message = await channel.get(`${this.queuePrefix}${queue}`, { noAck: true });
        if (message === false) return messages;
        messages.push(JSON.parse(message.content.toString()) as BrokerMessage);
      }
    });
  }

  /** Resolves when the broker has confirmed the messages to the queue of events. */
  async publish(...messages: readonly object[]): Promise<void> {
    await this.#withBroker(async (channel) => {
      for (const message of messages)
        channel.sendToQueue(`${this.queuePrefix}events`, Buffer.from(JSON.stringify(message)));
      await channel.waitForConfirms();
    });
  }

  async #withBroker<Result>(work: (channel: ConfirmChannel) => Promise<Result>): Promise<Result> {
    const connection = await connectAmqp(`amqp://guest:guest@127.0.0.1:${this.#ports.rabbit}`);
    connection.on('error', () => undefined);
    try {
      return await work(await connection.createConfirmChannel());
    } finally {
      await connection.close();
    }
  }
}

export function runProgram(file: string, variables: Variables, parameters: string[] = []): Program {
  const child = spawn(process.execPath, [file, ...parameters], {
    env: variables,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, ended: once(child, 'close') };
}
