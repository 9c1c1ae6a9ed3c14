import type { ChildProcess } from 'node:child_process';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { startApi } from './support/api-program.ts';
import type { ApiClient } from './support/client.ts';
import { eventually, type Program, runProgram } from './support/processes.ts';
import { POSTGRES_USER } from './support/servers.ts';
import { World } from './support/world.ts';

/** Ids, also in e-mail addresses, and times. */
const CHANGING = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z/g;

describe.skipIf(inject('skipReason'))('the built program', () => {
  let world: World;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    world = await World.create();
  });

  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  afterAll(() => world.destroy());

  const start = async (): Promise<Program & { client: ApiClient }> => {
    const running = await startApi(world.variables());
    children.push(running.child);
    return running;
  };

  it('reports all problems of its variables, and exits with 1', async () => {
    const { JWT_SIGNING_KEYS, ...variables } = world.variables({ PORT: 'x', REDIS_HOST: '' });
    for (const program of ['dist/main.js', 'dist/migrate.js']) {
      const wrong = { ...variables, DATABASE_NAME: '' };
      const { ended, output } = runProgram(program, wrong);

      expect(await ended).toEqual([1, null]);
      expect(output()).toContain('- DATABASE_NAME is missing');
      if (program === 'dist/main.js') {
        expect(output().match(/^- (\S+)/gm)).toEqual([
          '- PORT',
          '- DATABASE_NAME',
          '- REDIS_HOST',
          '- JWT_SIGNING_KEYS',
        ]);
      }
    }
  });

  it('applies the migrations of its build, and exits with 0', async () => {
    const { ended, output } = runProgram('dist/migrate.js', world.variables());

    expect(await ended).toEqual([0, null]);
    expect(output()).toContain('"applied":[]');
    const failed = runProgram('dist/migrate.js', world.variables({ DATABASE_PORT: '1' }));
    expect(await failed.ended).toEqual([1, null]);
  });

  it('uses TLS only with a database whose certificate it trusts', async () => {
    const variables = world.variables({ DATABASE_TLS: 'true' });
    const stranger = runProgram('dist/migrate.js', variables);
    const trusted = runProgram('dist/migrate.js', {
      ...variables,
      NODE_EXTRA_CA_CERTS: inject('postgresCertificate'),
    });

    expect(await stranger.ended).toEqual([1, null]);
    expect(stranger.output()).toContain('self-signed certificate');
    expect(await trusted.ended).toEqual([0, null]);
  });

  it('keeps idle connections longer than the load balancer does', async () => {
    const { client } = await start();
    const { headers } = await client.send('GET', '/healthz', undefined, { connection: 'keep-alive' });

    expect(headers.get('keep-alive')).toBe('timeout=65');
  });

  it.each([
    ['POST', '/api/v1/accounts', { email: 'x', password: 'short', tenantName: '\0', more: 1 }],
    ['POST', '/api/v1/jobs', { kind: 'number.primes', payload: { limit: '7' } }],
    ['POST', '/api/v1/jobs', { kind: 'number.primes', payload: { limit: 7 } }],
    ['GET', '/api/v1/jobs?limit=0&createdFrom=yesterday&status=lost&id=x', undefined],
    ['GET', '/api/v1/jobs?limit=1', undefined],
    ['GET', '/api/v1/jobs/x', undefined],
    ['GET', '/api/v1/usage', undefined],
  ])('answers %s %s as its sources do, which compile the schemas', async (method, path, body) => {
    const answers = [];
    for (const { client } of [await start(), await world.replica()]) {
      await client.signUp();
      await client.submit();
      const { status, text } = await client.send(method, path, body, { 'idempotency-key': 'one' });
      answers.push({ status, text: text.replaceAll(CHANGING, '') });
    }

    expect(answers[0]).toEqual(answers[1]);
  });

  it('puts jobs into the queue', async () => {
    const { client } = await start();
    await client.signUp();
    const { body } = await client.submit();

    await eventually(async () => (await world.queue.getJob(body.id)) !== undefined);
  });

  it('serves the page of the OpenAPI document and all its files', async () => {
    const { client } = await start();
    const page = await client.get('/api/v1/docs');
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');

    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text).not.toMatch(/<script>|<style>| on\w+=|style=/);
    expect(files).toHaveLength(3);
    for (const file of files) expect((await client.get(`/api/v1/${file}`)).status).toBe(200);
  });

  it('after SIGTERM finishes requests in progress, ends streams, accepts no more, and exits with 0', async () => {
    const { client, child, ended, output } = await start();
    await client.signUp();
    const stream = await client.follow('/api/v1/jobs/events');
    const blocker = new Client({
      host: '127.0.0.1',
      port: inject('postgresPort'),
      user: POSTGRES_USER,
      database: world.database,
    });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE');
    const waiting = client.submit();
    await eventually(async () => (await world.sql(`SELECT FROM pg_locks WHERE NOT granted`)).length > 0);

    child.kill('SIGTERM');
    await eventually(async () => (await client.get('/readyz')).status === 503);
    const late = await client.get('/healthz');
    expect([late.status, late.headers.get('connection')]).toEqual([200, 'close']);
    expect(await stream.rest()).toEqual([]);
    await eventually(() =>
      client.get('/healthz').then(
        () => false,
        () => true,
      ),
    );
    expect(child.exitCode).toBeNull();
    await blocker.query('COMMIT');
    await blocker.end();

    expect((await waiting).status).toBe(202);
    expect(await ended).toEqual([0, null]);
    expect(output()).toContain('"msg":"API stopped"');
    expect(output()).not.toContain('"level":"error"');
  });
});
