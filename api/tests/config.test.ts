import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCommandConfig, readConfig } from '../src/config.ts';
import { ConfigError, type Environment } from '../src/variables.ts';
import { temporaryDirectory } from './support/servers.ts';

const COMPLETE: Environment = {
  ENVIRONMENT: 'prod',
  SERVICE_NAME: 'backend',
  DATABASE_HOST: 'database',
  DATABASE_NAME: 'plataforma',
  DATABASE_USERNAME: 'plataforma',
  DATABASE_PASSWORD: 'database secret',
  REDIS_HOST: 'redis',
  BROKER_KIND: 'rabbitmq',
  BROKER_ENDPOINT: 'amqps://broker:5671',
  BROKER_USERNAME: 'plataforma',
  BROKER_PASSWORD: 'broker secret',
  JWT_SIGNING_KEYS: JSON.stringify({ b: 'b'.repeat(32), a: 'a'.repeat(32) }),
};

function problemsOf(environment: Environment): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('configuration', () => {
  it('has the defaults of the contract', () => {
    expect(readConfig(COMPLETE)).toMatchObject({
      port: 3000,
      metricsPort: 9464,
      logLevel: 'info',
      trustedProxies: 1,
      jobAttempts: 5,
      unfinishedJobsPerTenant: 10_000,
      database: { port: 5432, readerHost: 'database', tls: true, poolSize: 10 },
      redis: { port: 6379, tls: true, password: undefined },
      broker: { queuePrefix: '' },
      signingKeys: [{ id: 'b' }, { id: 'a' }],
      tracesEndpoint: undefined,
    });
  });

  it('names all problems at once', () => {
    expect(problemsOf({})).toEqual([
      'ENVIRONMENT is missing',
      'SERVICE_NAME is missing',
      'DATABASE_HOST is missing',
      'DATABASE_NAME is missing',
      'DATABASE_USERNAME is missing',
      'DATABASE_PASSWORD is missing',
      'REDIS_HOST is missing',
      'BROKER_KIND is missing',
      'BROKER_ENDPOINT is missing',
      'BROKER_USERNAME is missing',
      'BROKER_PASSWORD is missing',
      'JWT_SIGNING_KEYS is missing',
    ]);
  });

  it.each([
    ['PORT', '70000'],
    ['PORT', '80a'],
    ['DATABASE_PORT', '0'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_TLS', 'yes'],
    ['DATABASE_POOL_SIZE', '2'],
    ['BROKER_KIND', 'kafka'],
    ['BROKER_ENDPOINT', 'https://broker'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['JWT_SIGNING_KEYS', '{"a": "short"}'],
    ['JWT_SIGNING_KEYS', 'not JSON'],
    ['JWT_SIGNING_KEYS', '[]'],
    ['JWT_SIGNING_KEYS', JSON.stringify({ 2: 'b'.repeat(32), 1: 'a'.repeat(32) })],
  ])('refuses %s=%s without repeating it', (name, value) => {
    const problems = problemsOf({ ...COMPLETE, [name]: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${name} must`)).toBe(true);
    expect(problems[0]).not.toContain(value);
  });

  it('reads a secret from the file that <NAME>_FILE points to', () => {
    const directory = temporaryDirectory('secret');
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, 'password');
    writeFileSync(file, 'from a file\n');
    const { DATABASE_PASSWORD, ...others } = COMPLETE;

    expect(readConfig({ ...others, DATABASE_PASSWORD_FILE: file }).database.password).toBe('from a file');
    writeFileSync(file, ' blanks stay \n');
    expect(readConfig({ ...others, DATABASE_PASSWORD_FILE: file }).database.password).toBe(' blanks stay ');
    expect(problemsOf({ ...COMPLETE, DATABASE_PASSWORD_FILE: file })).toEqual([
      'DATABASE_PASSWORD and DATABASE_PASSWORD_FILE must not both be set',
    ]);
    expect(problemsOf({ ...others, DATABASE_PASSWORD_FILE: '/none' })).toEqual([
      'DATABASE_PASSWORD_FILE points to a file that cannot be read',
    ]);
    writeFileSync(file, Buffer.of(0xf1));
    expect(problemsOf({ ...others, DATABASE_PASSWORD_FILE: file })).toEqual([
      'DATABASE_PASSWORD_FILE holds no UTF-8 text',
    ]);
  });

  it('asks for a region with SQS and for no password', () => {
    const { BROKER_PASSWORD, ...rabbit } = COMPLETE;
    const sqs = { ...rabbit, BROKER_KIND: 'sqs', BROKER_ENDPOINT: 'https://sqs.eu-west-1.amazonaws.com' };

    expect(problemsOf(sqs)).toEqual(['AWS_REGION is missing']);
    expect(readConfig({ ...sqs, AWS_REGION: 'eu-west-1' }).broker.kind).toBe('sqs');
  });

  it('asks the commands for the database alone', () => {
    const needed = Object.entries(COMPLETE).filter(([name]) => /^(DATABASE|ENVIRONMENT|SERVICE)/.test(name));

    expect(readCommandConfig(Object.fromEntries(needed)).database.host).toBe('database');
  });

  it('is explained in .env.production.example, variable by variable, with its default and without a secret', () => {
    const read = new Map<string, string | undefined>();
    for (const BROKER_KIND of ['rabbitmq', 'sqs']) {
      const watched = new Proxy<Environment>(
        { BROKER_KIND },
        {
          get: (target, name) => (read.set(String(name), undefined), target[String(name)]),
        },
      );
      problemsOf(watched);
    }
    const lines = readFileSync('.env.production.example', 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    const explained = new Map(lines.map((line) => line.split('=', 2) as [string, string]));

    expect([...explained.keys()].sort()).toEqual([...read.keys()].sort());
    expect([...explained].filter(([name, value]) => /PASSWORD|KEYS/.test(name) && value !== '')).toEqual([]);
    const set = Object.fromEntries([...explained].filter(([, value]) => value !== ''));
    expect(readConfig({ ...COMPLETE, ...set })).toEqual(readConfig(COMPLETE));
  });
});
