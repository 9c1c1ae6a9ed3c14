import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';

export interface Migration {
  name: string;
  sql: string;
  checksum: string;
}

const LOCK = 7_240_001;
const LOOK_AGAIN_MS = 200;
/** Later requests must not queue up behind a change that waits for a table; the task is run again instead. */
const LOCK_TIMEOUT = '10s';
/** First line of a migration for statements such as CREATE INDEX CONCURRENTLY. */
const NO_TRANSACTION = '-- no transaction\n';

export async function readMigrations(directory: string): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Applies what is missing, in order, and returns its names. One process at a time. */
export async function migrate(connection: ClientConfig, migrations: readonly Migration[]): Promise<string[]> {
  const client = new Client(connection);
  await client.connect();
  try {
    await lock(client);
    const pending = await findPending(client, migrations);
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Looks again and again: a session that sleeps in a lock would hold up CREATE INDEX CONCURRENTLY for ever. */
async function lock(client: Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [LOCK]);
    if (rows[0]?.held) return;
    await delay(LOOK_AGAIN_MS);
  }
}

async function findPending(client: Client, migrations: readonly Migration[]): Promise<Migration[]> {
  await client.query(
    `CREATE TABLE IF NOT EXISTS migrations (
       name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'SELECT name, checksum FROM migrations',
  );
  const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]));
  const changed = migrations.filter(({ name, checksum }) => (applied.get(name) ?? checksum) !== checksum);
  if (changed.length > 0) {
    throw new Error(`changed after they were applied: ${changed.map(({ name }) => name).join(', ')}`);
  }
  return migrations.filter(({ name }) => !applied.has(name));
}

async function apply(client: Client, { name, sql, checksum }: Migration): Promise<void> {
  const transactional = !sql.startsWith(NO_TRANSACTION);
  try {
    if (transactional) await client.query(`BEGIN; SET LOCAL lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(sql);
    await client.query('INSERT INTO migrations (name, checksum) VALUES ($1, $2)', [name, checksum]);
    if (transactional) await client.query('COMMIT');
  } catch (error) {
    throw new Error(`${name} failed`, { cause: error });
  }
}
