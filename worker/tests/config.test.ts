import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../src/config.ts';
import { ConfigError, type Environment } from '../src/variables.ts';
import { temporaryDirectory } from './support/servers.ts';
import { runProgram } from './support/world.ts';

const COMPLETE = {
  ENVIRONMENT: 'prod',
  SERVICE_NAME: 'worker',
  DATABASE_HOST: 'database',
  DATABASE_NAME: 'plataforma',
  DATABASE_USERNAME: 'plataforma',
  DATABASE_PASSWORD: 'database secret',
  REDIS_HOST: 'redis',
  BROKER_KIND: 'rabbitmq',
  BROKER_ENDPOINT: 'amqps://broker:5671',
  BROKER_USERNAME: 'plataforma',
  BROKER_PASSWORD: 'broker secret',
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
      metricsPort: 9464,
      logLevel: 'info',
      database: { port: 5432, tls: true, poolSize: 10 },
      redis: { port: 6379, tls: true, password: undefined },
      broker: { queuePrefix: '' },
      jobs: { queue: 'jobs', concurrency: 5, timeoutSeconds: 60, attempts: 5, stopTimeoutSeconds: 110 },
      tracesEndpoint: undefined,
      ecsAgent: undefined,
    });
  });

  it.each([
    ['METRICS_PORT', '70000'],
    ['WORKER_CONCURRENCY', '0'],
    ['WORKER_CONCURRENCY', 'many'],
    ['JOB_TIMEOUT_SECONDS', '1.5'],
    ['STOP_TIMEOUT_SECONDS', '-1'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_TLS', 'yes'],
    ['BROKER_KIND', 'kafka'],
    ['BROKER_ENDPOINT', 'https://broker'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['ECS_AGENT_URI', 'agent'],
  ])('refuses %s=%s', (name, value) => {
    const problems = problemsOf({ ...COMPLETE, [name]: value });

    expect(problems).toHaveLength(1);
    expect(problems[0]?.startsWith(`${name} must`)).toBe(true);
  });

  it('reads a secret from the file that <NAME>_FILE points to', () => {
    const directory = temporaryDirectory('secret');
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const file = join(directory, 'password');
    writeFileSync(file, 'from a file\n');
    const others = { ...COMPLETE, DATABASE_PASSWORD: '' };

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
    const rabbit = { ...COMPLETE, BROKER_PASSWORD: '' };
    const sqs = { ...rabbit, BROKER_KIND: 'sqs', BROKER_ENDPOINT: 'https://sqs.eu-west-1.amazonaws.com' };

    expect(problemsOf(sqs)).toEqual(['AWS_REGION is missing']);
    expect(readConfig({ ...sqs, AWS_REGION: 'eu-west-1' }).broker.kind).toBe('sqs');
  });

  it.each(['dist/main.js', 'dist/replay.js'])('ends %s with 1 and all problems at once', async (file) => {
    const program = runProgram(file, { WORKER_CONCURRENCY: 'x', DATABASE_PASSWORD: 'the secret' }, ['--all']);

    expect(await program.ended).toEqual([1, null]);
    expect(program.output()).toBe(
      `The configuration has 11 problems:
- ENVIRONMENT is missing
- SERVICE_NAME is missing
- DATABASE_HOST is missing
- DATABASE_NAME is missing
- DATABASE_USERNAME is missing
- REDIS_HOST is missing
- BROKER_KIND is missing
- BROKER_ENDPOINT is missing
- BROKER_USERNAME is missing
- BROKER_PASSWORD is missing
- WORKER_CONCURRENCY must be a whole number from 1 to 1000
`,
    );
  });

  it('is explained in .env.production.example, each variable with its default and without a secret', () => {
    const read = new Set<string>();
    for (const BROKER_KIND of ['rabbitmq', 'sqs']) {
      const get = (target: Environment, name: string): string | undefined => (read.add(name), target[name]);
      problemsOf(new Proxy<Environment>({ BROKER_KIND }, { get }));
    }
    const text = readFileSync('.env.production.example', 'utf8');
    const explained = new Map(
      text
        .split('\n')
        .filter((line) => /^[A-Z]/.test(line))
        .map((line) => line.split('=', 2) as [string, string]),
    );

    expect([...explained.keys()].sort()).toEqual([...read].sort());
    expect([...explained].filter(([name, value]) => name.includes('PASSWORD') && value !== '')).toEqual([]);
    const set = Object.fromEntries([...explained].filter(([, value]) => value !== ''));
    expect(readConfig({ ...COMPLETE, ...set })).toEqual(readConfig(COMPLETE));
  });
});
