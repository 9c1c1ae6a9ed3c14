import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ClientConfig } from 'pg';
import { migrate } from '../../src/stores/migrations.ts';
import { eventually, freePort, type LocalServer, type Program, runProgram } from '../support/processes.ts';
import { POSTGRES_USER, query, temporaryDirectory } from '../support/servers.ts';
import { startStores, storeVariables } from '../support/stores.ts';
import { migrationFiles, type Version } from './versions.ts';

/** So many that an index takes a moment. */
const STORED_JOBS = 200_000;
const TENANTS = 50;
const MIGRATOR = 'migrations';

export interface Running {
  url: string;
  stop: () => Promise<void>;
  /** What it has logged as an error since it was ready. */
  errors: () => string[];
}

/** The stores on this machine, the schema, and applications of any version in front of them. */
export class Platform {
  readonly migrator = MIGRATOR;
  readonly folder = temporaryDirectory('upgrade');
  readonly #servers: LocalServer[] = [];
  readonly #programs: Program[] = [];
  #ports = { postgres: 0, redis: 0, rabbit: 0 };

  static async start(): Promise<Platform> {
    const platform = new Platform();
    try {
      await platform.#start();
    } catch (error) {
      await platform.stop();
      throw error;
    }
    return platform;
  }

  get connection(): ClientConfig & { database: string } {
    return { host: '127.0.0.1', port: this.#ports.postgres, user: POSTGRES_USER, database: 'trial' };
  }

  /** Applies the migrations up to this one, as the migration task of the working tree does. */
  async migrateTo(last: string): Promise<string[]> {
    const folder = temporaryDirectory('migrations');
    try {
      for (const file of migrationFiles())
        if (file <= last)
          copyFileSync(join(import.meta.dirname, '../../migrations', file), join(folder, file));
      return await migrate({ ...this.connection, application_name: MIGRATOR }, folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async storeJobs(): Promise<void> {
    await this.#sql(
      `INSERT INTO tenants (id, name) SELECT gen_random_uuid(), 'Stored' FROM generate_series(1, ${TENANTS})`,
    );
    await this.#sql(`
      INSERT INTO jobs (id, tenant_id, idempotency_key, request_hash, kind, payload, status, progress, attempts, result,
                        created_at, started_at, finished_at)
      SELECT gen_random_uuid(), tenant.id, number, 'hash', 'number.primes', '{"limit": 10}',
             CASE number % 10 WHEN 0 THEN 'failed' ELSE 'succeeded' END, 100, 1, '{"count": 4}', at, at, at
      FROM (SELECT id, row_number() OVER () AS place FROM tenants) tenant,
           generate_series(1, ${STORED_JOBS / TENANTS}) number,
           LATERAL (SELECT now() - number * interval '1 minute' AS at) moment`);
    await this.#sql(
      `INSERT INTO job_effects (job_id, tenant_id, units) SELECT id, tenant_id, 1 FROM jobs WHERE status = 'succeeded'`,
    );
    await this.#sql('ANALYZE');
  }

  /** One replica of each application. */
  async run({ folder }: Version): Promise<{ api: Running; worker: Running }> {
    const own = { PORT: String(await freePort()), SERVICE_NAME: 'backend', METRICS_PORT: '0' };
    const api = await this.#ready(join(folder, 'api'), own, own.PORT);
    const workers = { SERVICE_NAME: 'worker', METRICS_PORT: String(await freePort()) };
    return { api, worker: await this.#ready(join(folder, 'worker'), workers, workers.METRICS_PORT) };
  }

  async stop(): Promise<void> {
    for (const { child } of this.#programs) child.kill('SIGKILL');
    await Promise.all(this.#servers.map((server) => server.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    const keep = (server: LocalServer): number => {
      this.#servers.push(server);
      return server.port;
    };
    this.#ports = await startStores((name) => temporaryDirectory(`upgrade-${name}`), keep);
    await query(this.#ports.postgres, 'postgres', `CREATE DATABASE ${this.connection.database}`);
  }

  async #sql(text: string): Promise<void> {
    await query(this.#ports.postgres, this.connection.database, text);
  }

  async #ready(folder: string, own: Record<string, string>, port: string): Promise<Running> {
    const program = runProgram(join(folder, 'dist/main.js'), { ...this.#variables(), ...own });
    this.#programs.push(program);
    const url = `http://127.0.0.1:${port}`;
    await eventually(
      async () => (await fetch(`${url}/readyz`)).ok,
      () => (program.child.exitCode === null ? undefined : new Error(program.output())),
    );
    const started = program.output().length;
    return {
      url,
      errors: () =>
        program
          .output()
          .slice(started)
          .split('\n')
          .filter((line) => line.includes('"level":"error"')),
      stop: async () => {
        program.child.kill();
        await program.ended;
      },
    };
  }

  #variables(): Record<string, string> {
    return {
      ...storeVariables(this.#ports, this.connection.database),
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_MINUTE: '10000000',
      SESSION_RATE_LIMIT_PER_MINUTE: '10000000',
      JWT_SIGNING_KEYS: JSON.stringify({ 'key-1': 'a signing key of nothing but this trial' }),
    };
  }
}
