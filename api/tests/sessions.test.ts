import { randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { PASSWORD, refreshCookie, type SessionBody } from './support/client.ts';
import { KEYS, type Replica, World } from './support/world.ts';

const FIRST_KEY = new TextEncoder().encode(KEYS['key-1']);

describe.skipIf(inject('skipReason'))('sessions', () => {
  let world: World;
  let one: Replica;
  let two: Replica;

  beforeAll(async () => {
    world = await World.create();
    [one, two] = await Promise.all([world.replica(), world.replica()]);
  });

  afterAll(() => world.destroy());

  const statusWith = async (token: string): Promise<number> => {
    const client = one.client.at(one.client.url);
    client.token = token;
    return (await client.get('/api/v1/jobs')).status;
  };

  it('opens an account once for an e-mail address, regardless of case', async () => {
    const email = `Ana-${randomUUID()}@Example.com`;
    const account = { email, password: PASSWORD, tenantName: 'Ana & Co' };
    const answers = await Promise.all(
      [email, email.toLowerCase(), email.toUpperCase()].map((each) =>
        one.client.send<SessionBody>('POST', '/api/v1/accounts', { ...account, email: each }),
      ),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    expect((await one.client.signIn(email)).user).toMatchObject({
      email: email.toLowerCase(),
      tenantName: 'Ana & Co',
    });
    expect(await world.sql('SELECT FROM tenants WHERE name = $1', ['Ana & Co'])).toHaveLength(1);
  });

  it('hides the refresh token from scripts and from other sites', async () => {
    const account = { email: `${randomUUID()}@example.com`, password: PASSWORD, tenantName: 'T' };
    const { headers, body } = await one.client.send<SessionBody>('POST', '/api/v1/accounts', account);

    const [cookie = ''] = headers.getSetCookie();
    expect(cookie.split('; ').slice(1).sort()).toEqual(
      ['HttpOnly', `Max-Age=${14 * 24 * 3600}`, 'Path=/api/v1/sessions', 'SameSite=Strict', 'Secure'].sort(),
    );
    expect(body.expiresInSeconds).toBe(600);
    expect(JSON.stringify(body)).not.toContain(refreshCookie(headers));
  });

  it('answers a wrong password and an unknown address alike', async () => {
    const { user } = await one.client.signUp();
    const attempt = async (email: string): Promise<object> => {
      const { status, body } = await one.client.send('POST', '/api/v1/sessions', {
        email,
        password: 'wrong',
      });
      return { ...body, status, instance: '' };
    };

    expect(await attempt(user.email)).toEqual(await attempt('nobody@example.com'));
    expect(await attempt(user.email)).toMatchObject({ status: 401 });
  });

  it('is one session at two replicas', async () => {
    const { user } = await one.client.signUp();
    const other = one.client.at(two.client.url);

    expect((await other.submit()).status).toBe(202);
    expect((await other.refresh()).body.user).toEqual(user);
    expect((await other.refresh()).status).toBe(200);
    expect((await one.client.get<{ items: object[] }>('/api/v1/jobs')).body.items).toHaveLength(1);
  });

  it('ends the whole family when a token comes back after its successor was used', async () => {
    await one.client.signUp();
    const stolen = one.client.cookie;
    await one.client.refresh();
    const last = refreshCookie((await one.client.refresh()).headers);

    const reuse = await one.client.refresh(stolen);
    expect(reuse.status).toBe(401);
    expect(reuse.headers.getSetCookie()[0]).toMatch(/^refresh_token=;.*Expires=Thu, 01 Jan 1970/);
    expect((await one.client.refresh(last)).status).toBe(401);
  });

  it('gives the same answer again while its successor is unused: the first may have been lost', async () => {
    await one.client.signUp();
    const { cookie } = one.client;
    const answers = await Promise.all(Array.from({ length: 10 }, () => one.client.refresh(cookie)));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ headers }) => refreshCookie(headers))).size).toBe(1);
    expect((await one.client.refresh()).status).toBe(200);
    expect((await one.client.refresh(cookie)).status).toBe(401);
  });

  it('gives the same answer again for a minute only', async () => {
    await one.client.signUp();
    const { cookie } = one.client;
    await one.client.refresh();
    const family = `refresh:${cookie?.split('.')[0] ?? ''}`;
    await world.redis.hincrby(family, 'rotated', -61);

    expect((await one.client.refresh(cookie)).status).toBe(401);
    expect((await one.client.refresh()).status).toBe(401);
  });

  it('uses up no token while the database does not answer, however long', async () => {
    await one.client.signUp();
    const family = `refresh:${one.client.cookie?.split('.')[0] ?? ''}`;
    await world.sql('ALTER TABLE users RENAME TO users_away');
    const refused = await one.client.refresh();
    await world.sql('ALTER TABLE users_away RENAME TO users');

    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(await world.redis.hexists(family, 'rotated')).toBe(0);
    expect((await one.client.refresh()).status).toBe(200);
  });

  it('signs out only its own family of tokens', async () => {
    const { user } = await one.client.signUp();
    const phone = one.client.at(one.client.url);
    await phone.signIn(user.email);

    const answer = await one.client.send('DELETE', '/api/v1/sessions');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await one.client.refresh()).status).toBe(401);
    expect((await phone.refresh()).status).toBe(200);
  });

  it.each(['', 'x', `${'a'.repeat(22)}.${'b'.repeat(43)}`, "'; FLUSHALL"])(
    'refuses a refresh token it never gave: %j',
    async (cookie) => {
      expect((await one.client.refresh(encodeURIComponent(cookie))).status).toBe(401);
    },
  );

  it('verifies with the old key while it is listed, and signs with the first', async () => {
    const newKeys = { 'key-2': 'another signing key of the tests, long enough', ...KEYS };
    const rotated = await world.replica({ JWT_SIGNING_KEYS: JSON.stringify(newKeys) });
    await one.client.signUp();
    const old = one.client.at(rotated.client.url);

    expect((await old.get('/api/v1/jobs')).status).toBe(200);
    await old.refresh();
    expect(header(old.token)).toMatchObject({ alg: 'HS256', kid: 'key-2' });
    expect(await statusWith(old.token ?? '')).toBe(401);
  });

  it('refuses forged, expired and foreign access tokens', async () => {
    const { user } = await one.client.signUp();
    const token = (header: object = { kid: 'key-1' }): SignJWT =>
      new SignJWT({ tid: user.tenantId })
        .setProtectedHeader({ alg: 'HS256', ...header })
        .setSubject(user.id)
        .setIssuedAt()
        .setExpirationTime('5m')
        .setIssuer('plataforma')
        .setAudience('plataforma-api');
    const unsecured = new UnsecuredJWT({ tid: user.tenantId, sub: user.id })
      .setIssuedAt()
      .setExpirationTime('5m')
      .setIssuer('plataforma')
      .setAudience('plataforma-api')
      .encode();
    const [head = '', claims = '', signature = ''] = (await token().sign(FIRST_KEY)).split('.');
    const forged = {
      expired: await token().setIssuedAt(1).setExpirationTime(2).sign(FIRST_KEY),
      'of another key': await token().sign(new TextEncoder().encode('x'.repeat(40))),
      'of an unknown key id': await token({ kid: 'key-9' }).sign(FIRST_KEY),
      'without key id': await token({}).sign(FIRST_KEY),
      'with another algorithm': await token({ alg: 'HS512', kid: 'key-1' }).sign(FIRST_KEY),
      'of another issuer': await token().setIssuer('other').sign(FIRST_KEY),
      'for another audience': await token().setAudience('other').sign(FIRST_KEY),
      'not signed': unsecured,
      'without signature': `${head}.${claims}.`,
      'with other claims': `${head}.${Buffer.from('{"sub":"x"}').toString('base64url')}.${signature}`,
      'with no tenant': await token().setSubject('x').sign(FIRST_KEY),
      'no token at all': 'x.y.z',
    };

    expect(await statusWith(`${head}.${claims}.${signature}`)).toBe(200);
    for (const [name, value] of Object.entries(forged))
      expect([name, await statusWith(value)]).toEqual([name, 401]);
  });

  it('stores passwords as argon2id hashes', async () => {
    const rows = await world.sql<{ password_hash: string }>('SELECT password_hash FROM users');

    expect(rows.every((row) => row.password_hash.startsWith('$argon2id$v=19$m=19456,t=2,p=1$'))).toBe(true);
  });

  it('creates no account when the session cannot be stored', async () => {
    await world.redisServer.stop();
    const email = `${randomUUID()}@example.com`;
    const account = { email, password: PASSWORD, tenantName: 'T' };
    const answer = await one.client.send('POST', '/api/v1/accounts', account);
    await world.redisServer.start();

    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await world.sql('SELECT FROM users WHERE email = $1', [email])).toEqual([]);
  });
});

function header(token = ''): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}
