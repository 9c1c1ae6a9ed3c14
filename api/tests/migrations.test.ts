import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import type { ClientConfig } from 'pg';
import { migrate, type Migration, readMigrations } from '../src/stores/migrations.ts';
import { POSTGRES_USER, query } from './support/servers.ts';

describe.skipIf(inject('skipReason'))('migrations', () => {
  let connection: ClientConfig & { database: string };

  beforeEach(async () => {
    const database = `test_${randomUUID().replaceAll('-', '')}`;
    await query(inject('postgresPort'), 'postgres', `CREATE DATABASE ${database}`);
    connection = { host: '127.0.0.1', port: inject('postgresPort'), user: POSTGRES_USER, database };
  });

  const sql = <Row extends object>(text: string): Promise<Row[]> =>
    query<Row>(inject('postgresPort'), connection.database, text);

  const own = (name: string, text: string): Migration => ({ name, sql: text, checksum: text });

  it('makes the tables of the contract, and nothing when run again', async () => {
    const migrations = await readMigrations('migrations');

    expect(await migrate(connection, migrations)).toEqual(migrations.map(({ name }) => name));
    expect(await migrate(connection, migrations)).toEqual([]);
    const rows = await sql<{ name: string }>(
      `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    expect(rows.map(({ name }) => name).sort()).toEqual(
      [
        'job_effects',
        'jobs',
        'migrations',
        'outbox',
        'received_messages',
        'tenant_usage',
        'tenants',
        'users',
      ].sort(),
    );
  });

  it('applies each once when many run at the same time, with an index made concurrently among them', async () => {
    const migrations = [
      ...(await readMigrations('migrations')),
      own('0900_index.sql', '-- no transaction\nCREATE INDEX CONCURRENTLY tried ON jobs (kind)'),
    ];
    const runs = await Promise.all(Array.from({ length: 6 }, () => migrate(connection, migrations)));

    expect(runs.flat().sort()).toEqual(migrations.map(({ name }) => name));
    expect(runs.filter((applied) => applied.length > 0)).toHaveLength(1);
  });

  it('leaves nothing behind of a migration that fails, and keeps those before it', async () => {
    const good = own('1.sql', 'CREATE TABLE good ()');
    const bad = own('2.sql', 'CREATE TABLE half (); SELECT 1 / 0');

    await expect(migrate(connection, [good, bad])).rejects.toThrow('2.sql failed');
    expect(await sql(`SELECT FROM pg_tables WHERE tablename = 'half'`)).toEqual([]);
    expect(await migrate(connection, [good, own('2.sql', 'CREATE TABLE whole ()')])).toEqual(['2.sql']);
  });

  it('refuses a migration that was changed after it was applied', async () => {
    await migrate(connection, [own('1.sql', 'CREATE TABLE one ()')]);

    await expect(migrate(connection, [own('1.sql', 'CREATE TABLE two ()')])).rejects.toThrow(
      /changed.*1\.sql/,
    );
  });

  it('passes by a migration of a newer version, which has run already', async () => {
    const [first, second] = [own('1.sql', 'CREATE TABLE one ()'), own('2.sql', 'CREATE TABLE two ()')];
    await migrate(connection, [first, second]);

    expect(await migrate(connection, [first])).toEqual([]);
  });
});
