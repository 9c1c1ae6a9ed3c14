import { createHash, randomUUID } from 'node:crypto';
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { Client, type ClientConfig } from 'pg';
import { migrate } from '../src/stores/migrations.ts';
import { eventually } from './support/processes.ts';
import { POSTGRES_USER, query, temporaryDirectory } from './support/servers.ts';

type Files = Record<string, string>;

const MIGRATIONS = readdirSync('migrations').sort();
const TABLES = [
  'job_attempts',
  'job_effects',
  'jobs',
  'outbox',
  'received_messages',
  'tenant_usage',
  'tenant_usage_shards',
  'tenants',
  'users',
];

describe.skipIf(inject('skipReason'))('migrations', () => {
  let connection: ClientConfig & { database: string };
  const directories: string[] = [];

  beforeEach(async () => {
    const database = `test_${randomUUID().replaceAll('-', '')}`;
    await query(inject('postgresPort'), 'postgres', `CREATE DATABASE ${database}`);
    connection = { host: '127.0.0.1', port: inject('postgresPort'), user: POSTGRES_USER, database };
  });

  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
  });

  const sql = <Row extends object>(text: string): Promise<Row[]> =>
    query<Row>(inject('postgresPort'), connection.database, text);

  const directoryOf = (files: Files): string => {
    const directory = temporaryDirectory('migrations');
    directories.push(directory);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    return directory;
  };

  const apply = (files: Files): Promise<string[]> => migrate(connection, directoryOf(files));

  const tables = async (): Promise<string[]> => {
    const rows = await sql<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%migrations'`,
    );
    return rows.map(({ name }) => name).sort();
  };

  it('creates the tables of the contract, and changes nothing when run again', async () => {
    expect(await migrate(connection, 'migrations')).toEqual(MIGRATIONS);
    expect(await migrate(connection, 'migrations')).toEqual([]);
    expect(await tables()).toEqual(TABLES);
  });

  it('leaves no constraint that stored rows may break', async () => {
    await migrate(connection, 'migrations');
    expect(await sql('SELECT conname FROM pg_constraint WHERE NOT convalidated')).toEqual([]);
  });

  it('applies each once when many run at the same time, also one with CREATE INDEX CONCURRENTLY', async () => {
    const directory = directoryOf({
      '0900_index.sql': '-- no transaction\nCREATE INDEX CONCURRENTLY tried ON jobs (kind)',
    });
    cpSync('migrations', directory, { recursive: true });
    const runs = await Promise.all(Array.from({ length: 6 }, () => migrate(connection, directory)));

    expect(runs.flat()).toEqual([...MIGRATIONS, '0900_index.sql']);
    expect(runs.filter((applied) => applied.length > 0)).toHaveLength(1);
  });

  it('rolls back a migration that fails, and keeps those before it', async () => {
    const good = { '1.sql': 'CREATE TABLE good ()' };

    await expect(apply({ ...good, '2.sql': 'CREATE TABLE half (); SELECT 1 / 0' })).rejects.toThrow(
      '2.sql failed',
    );
    expect(await tables()).toEqual(['good']);
    expect(await apply({ ...good, '2.sql': 'CREATE TABLE whole ()' })).toEqual(['2.sql']);
  });

  it('gives way to requests while it waits for a table, and then tries again', async () => {
    await apply({ '1.sql': 'CREATE TABLE one ()' });
    const holder = new Client(connection);
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE one IN ACCESS SHARE MODE');
    const migration = apply({
      '1.sql': 'CREATE TABLE one ()',
      '2.sql': 'ALTER TABLE one ADD COLUMN two text',
    });
    const waiting = `SELECT FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%'`;
    await eventually(async () => (await sql(waiting)).length > 0);

    await sql('SELECT FROM one'); // which waits behind the migration
    await holder.end();
    expect(await migration).toEqual(['2.sql']);
  });

  it('builds an index anew whose building was interrupted', async () => {
    const table = { '1.sql': 'CREATE TABLE one AS SELECT 1 AS id UNION ALL SELECT 1' };
    const index = '-- no transaction\nCREATE UNIQUE INDEX CONCURRENTLY one_id ON one (id)';
    await apply(table);

    await expect(apply({ ...table, '2.sql': index })).rejects.toThrow('2.sql failed');
    await sql('DELETE FROM one');
    expect(await apply({ ...table, '2.sql': index })).toEqual(['2.sql']);
    const valid = `SELECT indisvalid FROM pg_index WHERE indexrelid = 'one_id'::regclass`;
    expect(await sql(valid)).toEqual([{ indisvalid: true }]);
  });

  it('refuses a migration that was changed after it was applied', async () => {
    await apply({ '1.sql': 'CREATE TABLE one ()' });

    await expect(apply({ '1.sql': 'CREATE TABLE two ()' })).rejects.toThrow(/changed.*1\.sql/);
  });

  it('refuses a migration that comes before one that was applied', async () => {
    const [first, third] = [{ '1.sql': 'CREATE TABLE one ()' }, { '3.sql': 'CREATE TABLE three ()' }];
    await apply({ ...first, ...third });

    await expect(apply({ ...first, '2.sql': 'CREATE TABLE two ()', ...third })).rejects.toThrow(
      'Not run migration 2 is preceding already run migration 3',
    );
    expect(await tables()).toEqual(['one', 'three']);
  });

  it('ignores a migration of a newer version, which has run already', async () => {
    const first = { '1.sql': 'CREATE TABLE one ()' };
    await apply({ ...first, '2.sql': 'CREATE TABLE two ()' });

    expect(await apply(first)).toEqual([]);
  });

  it('does not repeat what a version before node-pg-migrate has applied', async () => {
    const checksum = createHash('sha256').update('CREATE TABLE one ()').digest('hex');
    await sql(`
      CREATE TABLE one ();
      CREATE TABLE migrations (
        name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
      INSERT INTO migrations (name, checksum) VALUES ('1.sql', '${checksum}')`);
    const files = { '1.sql': 'CREATE TABLE one ()', '2.sql': 'CREATE TABLE two ()' };

    expect(await apply(files)).toEqual(['2.sql']);
    expect(await apply(files)).toEqual([]);
    expect(await sql('SELECT name FROM pgmigrations ORDER BY id')).toEqual([{ name: '1' }, { name: '2' }]);
  });

  it('does not repeat what an earlier version has applied after a rollback to it', async () => {
    const files = { '1.sql': 'CREATE TABLE one ()', '2.sql': 'CREATE TABLE two ()' };
    await apply(files);

    expect(await sql('SELECT name FROM migrations ORDER BY name')).toEqual([
      { name: '1.sql' },
      { name: '2.sql' },
    ]);
    await sql('DELETE FROM pgmigrations WHERE name = $$2$$');
    expect(await apply(files)).toEqual([]);
  });
});
