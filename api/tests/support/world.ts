import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { type Config, readConfig } from '../../src/config.ts';
import { createLogger } from '../../src/observability/logger.ts';
import { type Service, startService } from '../../src/service.ts';
import { ApiClient } from './client.ts';
import { eventually, type LocalServer } from './processes.ts';
import { query, startRedis, temporaryDirectory } from './servers.ts';
import { storeVariables } from './stores.ts';

export const KEYS = { 'key-1': 'a signing key of the tests, as long as any of the algorithms would want it' };

export type Variables = Record<string, string>;

export interface Replica {
  service: Service;
  client: ApiClient;
  config: Config;
}

/** A database, a Redis and a queue prefix of one test file's own, and the replicas that use them. */
export class World {
  readonly database = `test_${randomUUID().replaceAll('-', '')}`;
  readonly queuePrefix = `test-${randomUUID()}-`;
  readonly output: string[] = [];
  readonly redis: Redis;
  readonly redisServer: LocalServer;
  readonly queue: Queue;
  readonly #directory: string;
  readonly #replicas: Service[] = [];

  private constructor(redisServer: LocalServer, directory: string) {
    this.redisServer = redisServer;
    this.#directory = directory;
    this.redis = new Redis({ host: '127.0.0.1', port: redisServer.port, maxRetriesPerRequest: null });
    this.redis.on('error', () => undefined);
    this.queue = new Queue('jobs', { connection: this.redis });
    this.queue.on('error', () => undefined);
  }

  static async create(): Promise<World> {
    const directory = temporaryDirectory('redis');
    const world = new World(await startRedis(directory), directory);
    await query(inject('postgresPort'), 'postgres', `CREATE DATABASE ${world.database} TEMPLATE migrated`);
    return world;
  }

  async destroy(): Promise<void> {
    await Promise.all(this.#replicas.map((service) => service.stop()));

    await this.queue.close();

    this.redis.disconnect();
    await this.redisServer.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  variables(overrides: Variables = {}): Variables {
    return {
      ...storeVariables(
        {
          postgres: inject('postgresPort'),
          redis: this.redisServer.port,
          rabbit: inject('rabbitPort'),
        },
        this.database,
      ),
      DATABASE_PASSWORD: 'the-database-password',
      BROKER_QUEUE_PREFIX: this.queuePrefix,
      SERVICE_NAME: 'backend',
      PORT: '0',
      METRICS_PORT: '0',
      RATE_LIMIT_PER_MINUTE: '1000000',
      SESSION_RATE_LIMIT_PER_MINUTE: '1000000',
      JWT_SIGNING_KEYS: JSON.stringify(KEYS),
      ...overrides,
    };
  }

  /** A replica that is connected to its dependencies: one that has only started admits no sign-in. */
  async replica(overrides: Variables = {}, change?: (config: Config) => Config): Promise<Replica> {
    const replica = await this.startingReplica(overrides, change);
    await eventually(async () => (await replica.client.get('/readyz')).status === 200);
    return replica;
  }

  async startingReplica(
    overrides: Variables = {},
    change: (config: Config) => Config = (config) => config,
  ): Promise<Replica> {
    const config = change(readConfig(this.variables(overrides)));
    const write = (line: string): void => {
      this.output.push(line);
    };
    const service = await startService(config, createLogger(config, { write }), write);
    this.#replicas.push(service);
    return { service, config, client: new ApiClient(service.url) };
  }

  sql<Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> {
    return query<Row>(inject('postgresPort'), this.database, text, values);
  }

  /** Changes a job as the worker does. */
  async setJob(id: string, change: { status: string; progress: number }): Promise<void> {
    const [job] = await this.sql<{ tenant_id: string }>(
      'UPDATE jobs SET status = $2, progress = $3 WHERE id = $1 RETURNING tenant_id',
      [id, change.status, change.progress],
    );
    await this.redis.publish(`progress:${job?.tenant_id ?? ''}`, id);
  }

  /** The ids in the queue, in whatever state. */
  async queuedIds(): Promise<string[]> {
    const jobs = await this.queue.getJobs([
      'waiting',
      'active',
      'delayed',
      'completed',
      'failed',
      'prioritized',
    ]);
    return jobs.map((job) => job.id ?? '');
  }
}
