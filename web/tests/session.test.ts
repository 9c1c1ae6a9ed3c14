import { afterEach, describe, expect, it, vi } from 'vitest';
import { ApiError, NetworkError } from '../src/api/errors.ts';
import { Http } from '../src/api/http.ts';
import { type Announcement, Session } from '../src/api/session.ts';
import { exclusively } from '../src/api/tabs.ts';
import { json, problem, service, tokens, USER } from './answers.ts';

const OTHER = { ...USER, id: 'o', email: 'bia@example.com' };
const REFRESH = '/api/v1/sessions/refresh';
const CREDENTIALS = { email: 'ana@example.com', password: 'correct horse' };

describe('a session', () => {
  it('is resumed by the cookie', async () => {
    const { fetch } = service(() => tokens('a'));
    const session = new Session({ http: new Http(fetch) });
    expect(session.state.status).toBe('resuming');
    await session.resume();
    expect(session.state).toEqual({ status: 'signed-in', user: USER });
  });

  it('that cannot be resumed asks to sign in, without saying that one ended', async () => {
    const session = new Session({ http: new Http(service(() => problem(401)).fetch) });
    await session.resume();
    expect(session.state).toEqual({ status: 'signed-out' });
  });

  it('is resumed as soon as the service is available', async () => {
    const answers = [problem(503), problem(500), tokens('a')];
    const waits: string[] = [];
    const session = new Session({
      http: new Http(service(() => answers.shift() ?? problem(401)).fetch),
      wait: () => {
        waits.push(session.state.status);
        return Promise.resolve();
      },
    });
    await session.resume();
    expect(waits).toEqual(['unreachable', 'unreachable']);
    expect(session.state.status).toBe('signed-in');
  });

  it('refreshes once for all concurrent requests', async () => {
    let now = 0;
    let refreshes = 0;
    const fake = service(({ path }) => {
      if (path === REFRESH) return tokens(`token-${++refreshes}`);
      return new Response('{}');
    });
    const session = new Session({ http: new Http(fake.fetch), now: () => now });
    await session.resume();
    now = 599_000;
    await Promise.all(Array.from({ length: 10 }, () => session.request('/api/v1/usage')));
    expect(fake.to(REFRESH)).toHaveLength(2);
    for (const { headers } of fake.to('/api/v1/usage')) {
      expect(headers.get('authorization')).toBe('Bearer token-2');
    }
  });

  it('retries a request once with a new token after a 401', async () => {
    let refreshes = 0;
    const fake = service(({ path, headers }) => {
      if (path === REFRESH) return tokens(`token-${++refreshes}`);
      return headers.get('authorization') === 'Bearer token-2' ? new Response('{}') : problem(401);
    });
    const session = new Session({ http: new Http(fake.fetch) });
    await session.resume();
    const answers = await Promise.all([session.request('/a'), session.request('/b'), session.request('/c')]);
    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(fake.to(REFRESH)).toHaveLength(2);
  });

  it('does not retry a second 401', async () => {
    const fake = service(({ path }) => (path === REFRESH ? tokens('a') : problem(401)));
    const session = new Session({ http: new Http(fake.fetch) });
    await session.resume();
    await expect(session.request('/a')).rejects.toMatchObject({ status: 401 });
    expect(fake.to('/a')).toHaveLength(2);
  });

  it('that has ended says so', async () => {
    let ended = false;
    const session = new Session({
      http: new Http(service(() => (ended ? problem(401) : tokens('a'))).fetch),
    });
    await session.resume();
    ended = true;
    await expect(session.request('/a')).rejects.toBeInstanceOf(ApiError);
    expect(session.state).toEqual({ status: 'ended' });
  });

  it('survives a refresh that did not reach the service', async () => {
    let away = false;
    let now = 0;
    const fake = service(() => {
      if (away) throw new TypeError('failed to fetch');
      return tokens('a');
    });
    const session = new Session({ http: new Http(fake.fetch), now: () => now });
    await session.resume();
    away = true;
    now = 600_000;
    await expect(session.request('/a')).rejects.toBeInstanceOf(NetworkError);
    expect(session.state.status).toBe('signed-in');
    away = false;
    expect((await session.request('/a')).ok).toBe(true);
  });

  it('refreshes in turn with other tabs', async () => {
    const order: string[] = [];
    const session = new Session({
      http: new Http(
        service(() => {
          order.push('fetch');
          return tokens('a');
        }).fetch,
      ),
      exclusively: async (work) => {
        order.push('lock');
        const result = await work();
        order.push('unlock');
        return result;
      },
    });
    await session.resume();
    expect(order).toEqual(['lock', 'fetch', 'unlock']);
  });

  it('says that the service is late while another tab waits for it', async () => {
    vi.useFakeTimers();
    let takeTurn = (): void => undefined;
    const session = new Session({
      http: new Http(service(() => tokens('a')).fetch),
      exclusively: (work) =>
        new Promise<void>((resolve) => {
          takeTurn = resolve;
        }).then(work),
    });
    const resumed = session.resume();
    vi.advanceTimersByTime(4_000);
    vi.useRealTimers();
    expect(session.http.service.answers).toBe(false);
    takeTurn();
    await resumed;
    expect(session.http.service.answers).toBe(true);
  });

  it('notifies listeners and other tabs of its end', async () => {
    const states: string[] = [];
    const announced: Announcement[] = [];
    const fake = service(({ method }) => {
      return method === 'DELETE' ? new Response(null, { status: 204 }) : tokens('a');
    });
    const session = new Session({ http: new Http(fake.fetch), announce: (told) => announced.push(told) });
    const forget = session.subscribe(() => states.push(session.state.status));
    await session.signIn(CREDENTIALS);
    await session.signOut();
    forget();
    await session.createAccount({ ...CREDENTIALS, tenantName: 'Acme' });
    expect(states).toEqual(['signed-in', 'signed-out']);
    expect(announced.map(({ type }) => type)).toEqual(['signed-in', 'signed-out', 'signed-in']);
  });

  it('stays when signing out failed', async () => {
    const fake = service(({ method }) => (method === 'DELETE' ? problem(503) : tokens('a')));
    const session = new Session({ http: new Http(fake.fetch) });
    await session.signIn(CREDENTIALS);
    await expect(session.signOut()).rejects.toMatchObject({ status: 503, requestId: 'request-1' });
    expect(session.state.status).toBe('signed-in');
  });

  it('sends credentials only in the body', async () => {
    const fake = service(() => tokens('a'));
    await new Session({ http: new Http(fake.fetch) }).signIn(CREDENTIALS);
    expect(fake.calls[0]?.path).toBe('/api/v1/sessions');
    expect(JSON.parse(fake.calls[0]?.body as string)).toEqual(CREDENTIALS);
  });

  it("ends when the cookie has become another user's, and sends nothing as that user", async () => {
    let now = 0;
    let user = USER;
    const fake = service(({ path }) =>
      path === REFRESH ? json({ accessToken: user.id, expiresInSeconds: 600, user }) : new Response('{}'),
    );
    const session = new Session({ http: new Http(fake.fetch), now: () => now });
    await session.resume();
    user = OTHER;
    now = 600_000;
    await expect(session.request('/a')).rejects.toBeInstanceOf(ApiError);
    expect(fake.to('/a')).toEqual([]);
    expect(session.state).toEqual({ status: 'taken-over', by: OTHER.email });
    await session.continueAsOther();
    expect(session.state).toEqual({ status: 'signed-in', user: OTHER });
  });

  it('hears who signs in and out in other tabs', async () => {
    const session = new Session({ http: new Http(service(() => tokens('a')).fetch) });
    await session.signIn(CREDENTIALS);
    session.hear({ type: 'signed-in', user: USER });
    expect(session.state.status).toBe('signed-in');
    session.hear({ type: 'signed-in', user: OTHER });
    expect(session.state).toEqual({ status: 'taken-over', by: OTHER.email });
    session.hear({ type: 'signed-out' });
    expect(session.state).toEqual({ status: 'signed-out' });
  });
});

describe('taking turns among tabs', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is not possible over plain HTTP, where browsers have no locks', async () => {
    vi.stubGlobal('navigator', {});
    expect(await exclusively('name', () => Promise.resolve('done'))).toBe('done');
  });
});
