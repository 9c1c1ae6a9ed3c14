import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { ApiClient, PASSWORD } from './support/client.ts';
import { eventually } from './support/processes.ts';
import { CuttableProxy } from './support/proxy.ts';
import { type Replica, World } from './support/world.ts';

interface Readiness {
  status: unknown;
  checks: Record<string, string>;
}

const READY = { database: 'ok', redis: 'ok', broker: 'ok' };

describe.skipIf(inject('skipReason'))('operations', () => {
  let world: World;
  let database: CuttableProxy;
  let broker: CuttableProxy;
  let replica: Replica;

  beforeAll(async () => {
    world = await World.create();
    database = await CuttableProxy.to(inject('postgresPort'));
    broker = await CuttableProxy.to(inject('rabbitPort'));
    replica = await world.replica({
      DATABASE_PORT: String(database.port),
      BROKER_ENDPOINT: `amqp://127.0.0.1:${broker.port}`,
    });
    await replica.client.signUp();
  });

  afterAll(async () => {
    await world.destroy();
    await Promise.all([database.cut(), broker.cut()]);
  });

  const metric = async (name: string, from = replica): Promise<string | undefined> => {
    const text = await (await fetch(from.service.metricsUrl)).text();
    return new RegExp(`^${name.replaceAll('{', '\\{')} (\\S+)$`, 'm').exec(text)?.[1];
  };

  it('fails readiness, never liveness, while a dependency is not available', async () => {
    const ready = async (): Promise<[number, Record<string, string>]> => {
      const { status, body } = await replica.client.get<Readiness>('/readyz');
      expect((await replica.client.get('/healthz')).status).toBe(200);
      return [status, body.checks];
    };
    const becomes = (status: number): Promise<unknown> =>
      eventually(async () => (await ready())[0] === status);
    const parts = {
      database: [() => database.cut(), () => database.restore()],
      redis: [() => world.redisServer.stop(), () => world.redisServer.start()],
      broker: [() => broker.cut(), () => broker.restore()],
    } as const;

    expect(await ready()).toEqual([200, READY]);
    for (const [part, [goAway, comeBack]] of Object.entries(parts)) {
      await goAway();
      expect(await ready()).toEqual([503, { ...READY, [part]: 'failed' }]);
      await comeBack();
      await becomes(200);
    }
  });

  it('counts requests by route, jobs, pool and outbox', async () => {
    const { body } = await replica.client.submit();
    await replica.client.get(`/api/v1/jobs/${body.id}`);
    const route = 'service="backend",method="GET",route="/api/v1/jobs/:id",status="200"';

    await eventually(async () => (await metric(`http_request_duration_seconds_count{${route}}`)) === '1');
    expect(await metric('jobs_submitted_total{kind="number.primes",service="backend"}')).toBe('1');
    await eventually(async () => (await metric('http_requests_in_flight{service="backend"}')) === '0');
    expect(Number(await metric('database_pool_connections{state="idle",service="backend"}'))).toBeGreaterThan(
      0,
    );
    await eventually(async () => (await metric('outbox_rows{service="backend"}')) === '0');
    expect(await metric('outbox_oldest_age_seconds{service="backend"}')).toBe('0');
    const published = 'broker_messages_total{queue="events",outcome="published",service="backend"}';
    expect(Number(await metric(published))).toBeGreaterThan(0);
    expect(await metric('process_cpu_seconds_total{service="backend"}')).toBeDefined();
    expect((await fetch(new URL('/other', replica.service.metricsUrl))).status).toBe(404);
  });

  it('begins each series of a route, status and kind at zero', async () => {
    const fresh = await world.startingReplica();
    const histogram = 'http_request_duration_seconds_count';
    const series = [
      `${histogram}{service="backend",method="GET",route="/api/v1/jobs/:id",status="500"}`,
      `${histogram}{service="backend",method="POST",route="/api/v1/jobs",status="503"}`,
      `${histogram}{service="backend",method="GET",route="/readyz",status="503"}`,
      'jobs_submitted_total{kind="number.primes",service="backend"}',
      'jobs_submitted_total{kind="text.statistics",service="backend"}',
      'jobs_cancelled_total{kind="text.statistics",service="backend"}',
      'broker_messages_total{queue="events",outcome="failed",service="backend"}',
    ];

    for (const name of series) expect([name, await metric(name, fresh)]).toEqual([name, '0']);
  });

  it('fails liveness once its connections to Redis get no answer for a minute, though a new one does', async () => {
    const ping: () => Promise<'PONG'> = Reflect.get(Redis.prototype, 'ping');
    vi.spyOn(Redis.prototype, 'ping').mockImplementation(function (this: Redis) {
      const isOfService = typeof this.options.connectionName === 'string';
      return isOfService ? new Promise(() => undefined) : ping.call(this);
    });
    try {
      const { client } = await world.startingReplica();
      expect((await client.get('/healthz')).status).toBe(200);
      const inAMinute = Date.now() + 61_000;
      vi.spyOn(Date, 'now').mockReturnValue(inAMinute);
      const { body } = await eventually(async () => {
        const answer = await client.get('/healthz');
        return answer.status === 503 ? answer : undefined;
      });

      expect(body).toMatchObject({ stuck: ['commands', 'progress', 'queue'] });
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('reports the age of the oldest row of the outbox, as of this scrape', async () => {
    const fresh = await world.startingReplica();
    await world.redisServer.stop();
    await world.sql(
      `INSERT INTO outbox (destination, message, created_at) VALUES ('queue:jobs', '{}', now() - interval '1 minute')`,
    );
    const age = Number(await metric('outbox_oldest_age_seconds{service="backend"}', fresh));
    await world.sql('DELETE FROM outbox');
    await world.redisServer.start();

    expect(age).toBeGreaterThan(59);
  });

  it('reports the queue to CloudWatch and Prometheus', async () => {
    await world.queue.obliterate({ force: true });
    await world.queue.add('old', {}, { timestamp: Date.now() - 60_000 });
    const fresh = await world.startingReplica();
    const line = await eventually(() => world.output.findLast((each) => each.includes('_aws')));
    const metrics = JSON.parse(line) as Record<string, unknown>;

    expect(metrics).toMatchObject({
      _aws: {
        CloudWatchMetrics: [{ Namespace: 'Plataforma/Queues', Dimensions: [['Environment', 'Queue']] }],
      },
      Environment: 'local',
      Queue: 'jobs',
      level: 'info',
      service: 'backend',
    });
    await eventually(
      async () => Number(await metric('queue_depth{queue="jobs",service="backend"}', fresh)) >= 1,
    );
    expect(
      Number(await metric('queue_oldest_age_seconds{queue="jobs",service="backend"}', fresh)),
    ).toBeGreaterThan(59);
  });

  it('limits an account over all replicas, sign-ins more, and in each replica while Redis is not available', async () => {
    const limits = { RATE_LIMIT_PER_MINUTE: '6', SESSION_RATE_LIMIT_PER_MINUTE: '3' };
    const [one, two] = await Promise.all([world.replica(limits), world.replica(limits)]);
    const { client } = one;
    client.token = (await replica.client.at(replica.client.url).signUp()).accessToken;
    const other = client.at(two.client.url);
    const from = (address: string): object => ({ 'x-forwarded-for': address });
    const ask = async (path: string, index: number, asked = client): Promise<number> =>
      (await asked.send('GET', path, undefined, from(`192.0.2.${index}`))).status;
    const statuses = async (count: number, path: string): Promise<number[]> => {
      const answers = [];
      for (let i = 0; i < count; i += 1) answers.push(await ask(path, i));
      return answers;
    };

    expect(await statuses(7, '/api/v1/usage')).toEqual([...Array<number>(6).fill(200), 429]);
    await eventually(async () => (await ask('/api/v1/usage', 100, other)) === 429);
    const refused = await client.get('/api/v1/usage');
    expect(refused.body).toMatchObject({ title: 'Too Many Requests', status: 429 });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statuses(20, '/healthz')).toEqual(Array(20).fill(200));

    const stranger = new ApiClient(client.url);
    const signIns = [];
    for (let i = 0; i < 5; i += 1) {
      const credentials = { email: `${i}@example.com`, password: PASSWORD };
      const { status } = await stranger.send('POST', '/api/v1/sessions', credentials, from('192.0.2.200'));
      signIns.push(status);
    }
    expect(signIns).toEqual([401, 401, 401, 429, 429]);

    client.token = (await replica.client.at(replica.client.url).signUp()).accessToken;
    await world.redisServer.stop();
    expect(await statuses(8, '/api/v1/usage')).toEqual([...Array<number>(6).fill(200), 429, 429]);
    await world.redisServer.start();
  });

  it('limits an address, whatever accounts are used from it', async () => {
    const { client } = await world.replica({ RATE_LIMIT_PER_MINUTE: '6' });
    const accounts = [1, 2, 3].map(() => client.at(client.url));
    for (const account of accounts)
      account.token = (await replica.client.at(replica.client.url).signUp()).accessToken;
    const answers = [];
    for (const account of [...accounts, ...accounts, ...accounts]) {
      answers.push(
        await account.send('GET', '/api/v1/usage', undefined, { 'x-forwarded-for': '198.51.100.7' }),
      );
    }

    expect(answers.map(({ status }) => status)).toEqual([...Array<number>(6).fill(200), 429, 429, 429]);
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining')).slice(0, 7)).toEqual([
      '5',
      '4',
      '3',
      '2',
      '1',
      '0',
      '0',
    ]);
  });

  it('trusts one proxy about the address of a client, and no more', async () => {
    const before = world.output.length;
    await replica.client.send('GET', '/api/v1/usage', undefined, {
      'x-forwarded-for': '6.6.6.6, 203.0.113.7',
    });

    const line = await eventually(() =>
      world.output.slice(before).find((each) => each.includes('/api/v1/usage')),
    );
    expect(JSON.parse(line)).toMatchObject({ address: '203.0.113.7' });
  });

  it('keeps one trace and request id from the request to the job', async () => {
    const traceId = 'a'.repeat(32);
    const { body } = await replica.client.send<{ id: string }>(
      'POST',
      '/api/v1/jobs',
      { kind: 'text.statistics', payload: { text: 'hello' } },
      {
        'idempotency-key': 'traced',
        'x-request-id': 'request-0001',
        traceparent: `00-${traceId}-${'b'.repeat(16)}-01`,
      },
    );
    const job = await eventually(() => world.queue.getJob(body.id));
    const line = await eventually(() => world.output.find((each) => each.includes('request-0001')));

    expect(JSON.parse(line)).toMatchObject({
      traceId,
      requestId: 'request-0001',
      route: '/api/v1/jobs',
      status: 202,
    });
    expect(job.data).toMatchObject({
      requestId: 'request-0001',
      traceparent: expect.stringContaining(traceId) as string,
    });
  });

  it('logs JSON lines with their fields, and never a token, a password or a payload', async () => {
    const verbose = await world.replica({ LOG_LEVEL: 'trace', DATABASE_PORT: String(database.port) });
    const { client } = verbose;
    const { user } = await client.signUp();
    const secret = 'a secret of the payload';
    const job = { kind: 'text.statistics', payload: { text: secret } };
    const submit = (): Promise<unknown> =>
      client.send('POST', '/api/v1/jobs', job, { 'idempotency-key': 'secret' });
    await submit();
    await client.send('POST', '/api/v1/sessions', { email: user.email, password: 'a wrong password' });
    await client.send('POST', '/api/v1/jobs', `{"payload": "${secret}", `, { 'idempotency-key': 'secret' });
    await client.send('POST', '/api/v1/jobs', { kind: secret }, { 'idempotency-key': 'secret' });
    await world.sql('ALTER TABLE jobs ADD CONSTRAINT refuse CHECK (false) NOT VALID');
    await client.send('POST', '/api/v1/jobs', job, { 'idempotency-key': 'other' });
    await world.sql('ALTER TABLE jobs DROP CONSTRAINT refuse');
    await database.cut();
    await submit();
    await database.restore();
    const tokens = [client.token ?? '', client.cookie ?? ''];
    await client.refresh();
    tokens.push(client.token ?? '', client.cookie ?? '');

    const text = world.output.join('');
    expect(text).toContain('request failed');
    const secrets = [
      ...tokens,
      PASSWORD,
      'a wrong password',
      secret,
      'the-database-password',
      'a signing key',
      'argon2id',
    ];
    for (const value of secrets) expect(text).not.toContain(value);
    for (const line of text.trim().split('\n')) {
      const entry = JSON.parse(line) as Record<string, string>;
      expect(entry).toMatchObject({ service: 'backend', version: 'unknown', environment: 'local' });
      expect(entry.level).toMatch(/^(trace|debug|info|warn|error)$/);
      expect(new Date(entry.time ?? '').toISOString()).toBe(entry.time);
      expect(typeof entry.msg).toBe('string');
    }
  });
});
