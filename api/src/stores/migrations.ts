import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type MigrationBuilder, runner } from 'node-pg-migrate';
import { Client, type ClientConfig, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg';

interface Migration {
  name: string;
  path: string;
  sql: string;
  checksum: string;
}

const LOCK = 7_240_001;
const LOCK_RETRY_MS = 200;
/** Requests queue up behind a change that waits for a table: it gives way, and tries again. */
const LOCK_TIMEOUT = '1s';
const LOCK_TIMEOUT_STATE = '55P03';
const ATTEMPTS = 60;
const PAUSE_MS = 2_000;
/** First line of a migration for statements such as CREATE INDEX CONCURRENTLY. */
const NO_TRANSACTION = '-- no transaction\n';
/** Errors are thrown as well, and the caller logs the result. */
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Applies the directory's pending SQL files, in order, and returns their names. One process at a time. */
export async function migrate(connection: ClientConfig, directory: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = new Client(connection);
  await client.connect();
  try {
    await lock(client);
    const checksums = await readChecksums(client);
    refuseChanged(migrations, checksums);
    const earlier = migrations.filter(({ name }) => checksums.has(name));
    await run(client, directory, earlier, { fake: true });
    const pending = migrations.filter(({ name }) => !checksums.has(name));
    await dropInvalidIndexes(client, pending);
    return await runPatiently(client, directory, migrations);
  } finally {
    await client.end();
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql'));
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const sql = await readFile(path, 'utf8');
      return { name, path, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Polls: a session that waits inside pg_advisory_lock would block CREATE INDEX CONCURRENTLY for ever. */
async function lock(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LOCK]);
    if (rows[0]?.held) return;
    await delay(LOCK_RETRY_MS);
  }
}

/** Checksums of all applied migrations: node-pg-migrate's own table, pgmigrations, has no column for them. */
async function readChecksums(client: Client): Promise<Map<string, string>> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS migrations (
       name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM migrations',
  );
  return new Map(rows.map(({ name, checksum }) => [name, checksum]));
}

function refuseChanged(migrations: readonly Migration[], checksums: ReadonlyMap<string, string>): void {
  const changed = migrations.filter(({ name, checksum }) => (checksums.get(name) ?? checksum) !== checksum);
  if (changed.length > 0) {
    throw new Error(`changed after they were applied: ${changed.map(({ name }) => name).join(', ')}`);
  }
}

/** An interrupted CREATE INDEX CONCURRENTLY leaves its index, invalid (PostgreSQL's page of CREATE INDEX). */
async function dropInvalidIndexes(client: Client, pending: readonly Migration[]): Promise<void> {
  const names = pending.flatMap(({ sql }) =>
    [...sql.matchAll(/CREATE (?:UNIQUE )?INDEX CONCURRENTLY (\w+)/g)].map(([, name]) => name),
  );
  const { rows } = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE NOT indisvalid AND pg_table_is_visible(indexrelid) AND relname = ANY ($1)`,
    [names],
  );
  for (const { name } of rows) await client.query(`DROP INDEX CONCURRENTLY ${escapeIdentifier(name)}`);
}

/** Returns the names of all that were applied. */
async function runPatiently(
  client: Client,
  directory: string,
  migrations: readonly Migration[],
): Promise<string[]> {
  const before = await readChecksums(client);
  for (let attempt = 1; ; attempt++) {
    try {
      await run(client, directory, migrations, { fake: false });
      const after = await readChecksums(client);
      return migrations.map(({ name }) => name).filter((name) => after.has(name) && !before.has(name));
    } catch (error) {
      if (attempt === ATTEMPTS || !isLockTimeout(error)) throw error;
      await client.query('ROLLBACK');
      await delay(PAUSE_MS);
    }
  }
}

function isLockTimeout(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof DatabaseError && cause.code === LOCK_TIMEOUT_STATE;
}

/**
 * With `fake`, pending migrations are only recorded as applied: those with a checksum were applied by a version that
 * did not use node-pg-migrate, before this one or after a rollback to it.
 */
async function run(
  client: Client,
  directory: string,
  migrations: readonly Migration[],
  { fake }: { fake: boolean },
): Promise<void> {
  let current: Migration | undefined;
  const units = migrations.map((migration) => ({
    id: migration.path,
    filePaths: [migration.path],
    actions: {
      up: (builder: MigrationBuilder) => {
        current = migration;
        addSteps(builder, migration);
      },
    },
  }));
  try {
    await runner({
      dbClient: client,
      dir: directory,
      ignorePattern: String.raw`.*(?<!\.sql)`,
      migrationsTable: 'pgmigrations',
      migrationLoaderStrategies: [{ extensions: ['.sql'], loader: () => Promise.resolve(units) }],
      direction: 'up',
      fake,
      noLock: true,
      logger: SILENT,
    });
  } catch (error) {
    throw current ? new Error(`${current.name} failed`, { cause: error }) : error;
  }
}

function addSteps(builder: MigrationBuilder, { name, sql, checksum }: Migration): void {
  if (sql.startsWith(NO_TRANSACTION)) builder.noTransaction();
  else builder.sql(`SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
  builder.sql(sql);
  builder.sql(
    `INSERT INTO migrations (name, checksum) VALUES (${escapeLiteral(name)}, ${escapeLiteral(checksum)})`,
  );
}
