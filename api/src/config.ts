import { type Environment, readAll, type Variables } from './variables.ts';

export interface DatabaseConfig {
  host: string;
  readerHost: string;
  port: number;
  name: string;
  username: string;
  password: string;
  tls: boolean;
  poolSize: number;
}

export interface RedisConfig {
  host: string;
  port: number;
  tls: boolean;
  password: string | undefined;
}

export interface RabbitConfig {
  kind: 'rabbitmq';
  endpoint: string;
  queuePrefix: string;
  username: string;
  password: string;
}

export interface SqsConfig {
  kind: 'sqs';
  endpoint: string;
  queuePrefix: string;
  region: string;
}

export type BrokerConfig = RabbitConfig | SqsConfig;

export interface ServiceConfig {
  environment: string;
  service: string;
  version: string;
  logLevel: LogLevel;
}

export interface SigningKey {
  id: string;
  secret: string;
}

export interface Config extends ServiceConfig {
  listenHost: string;
  port: number;
  metricsPort: number;
  trustedProxies: number;
  rateLimitPerMinute: number;
  sessionRateLimitPerMinute: number;
  database: DatabaseConfig;
  redis: RedisConfig;
  broker: BrokerConfig;
  signingKeys: [SigningKey, ...SigningKey[]];
  jobAttempts: number;
  unfinishedJobsPerTenant: number;
  stopTimeoutSeconds: number;
  tracesEndpoint: string | undefined;
}

/** Of a command that needs the database alone. */
export interface CommandConfig extends ServiceConfig {
  database: DatabaseConfig;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const BROKER_KINDS = ['rabbitmq', 'sqs'] as const;
const SECRET_LENGTH = 32;

export function readConfig(environment: Environment): Config {
  return readAll(environment, (variables) => ({
    ...service(variables),
    listenHost: variables.text('LISTEN_HOST', '0.0.0.0'),
    port: variables.number('PORT', 3000, 0, 65_535),
    metricsPort: variables.number('METRICS_PORT', 9464, 0, 65_535),
    trustedProxies: variables.number('TRUSTED_PROXIES', 1, 0, 10),
    rateLimitPerMinute: variables.number('RATE_LIMIT_PER_MINUTE', 600, 1, 10_000_000),
    sessionRateLimitPerMinute: variables.number('SESSION_RATE_LIMIT_PER_MINUTE', 20, 1, 10_000_000),
    database: database(variables),
    redis: redis(variables),
    broker: broker(variables),
    signingKeys: signingKeys(variables),
    jobAttempts: variables.number('JOB_ATTEMPTS', 5, 1, 100),
    unfinishedJobsPerTenant: variables.number('UNFINISHED_JOBS_PER_TENANT', 10_000, 1, 1_000_000),
    stopTimeoutSeconds: variables.number('STOP_TIMEOUT_SECONDS', 20, 1, 110),
    tracesEndpoint: variables.optionalUrl('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']),
  }));
}

export function readCommandConfig(environment: Environment): CommandConfig {
  return readAll(environment, (variables) => ({ ...service(variables), database: database(variables) }));
}

function service(variables: Variables): ServiceConfig {
  return {
    environment: variables.text('ENVIRONMENT'),
    service: variables.text('SERVICE_NAME'),
    version: variables.text('SERVICE_VERSION', 'unknown'),
    logLevel: variables.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
  };
}

function database(variables: Variables): DatabaseConfig {
  const host = variables.text('DATABASE_HOST');
  return {
    host,
    readerHost: variables.text('DATABASE_READER_HOST', host),
    port: variables.port('DATABASE_PORT', 5432),
    name: variables.text('DATABASE_NAME'),
    username: variables.text('DATABASE_USERNAME'),
    password: variables.secret('DATABASE_PASSWORD'),
    tls: variables.flag('DATABASE_TLS', true),
    poolSize: variables.number('DATABASE_POOL_SIZE', 10, 3, 1000),
  };
}

function redis(variables: Variables): RedisConfig {
  return {
    host: variables.text('REDIS_HOST'),
    port: variables.port('REDIS_PORT', 6379),
    tls: variables.flag('REDIS_TLS', true),
    password: variables.optionalSecret('REDIS_PASSWORD'),
  };
}

function broker(variables: Variables): BrokerConfig {
  const kind = variables.choice('BROKER_KIND', BROKER_KINDS);
  const queuePrefix = variables.text('BROKER_QUEUE_PREFIX', '');
  if (kind === 'sqs') {
    const endpoint = variables.url('BROKER_ENDPOINT', ['http:', 'https:']);
    return { kind, endpoint, queuePrefix, region: variables.text('AWS_REGION') };
  }
  return {
    kind,
    endpoint: variables.url('BROKER_ENDPOINT', ['amqp:', 'amqps:']),
    queuePrefix,
    username: variables.text('BROKER_USERNAME'),
    password: variables.secret('BROKER_PASSWORD'),
  };
}

function signingKeys(variables: Variables): [SigningKey, ...SigningKey[]] {
  const none: [SigningKey] = [{ id: '', secret: '' }];
  const text = variables.secret('JWT_SIGNING_KEYS');
  if (text === '') return none;
  const keys = parseSigningKeys(text);
  if (typeof keys !== 'string') return keys;
  variables.problems.push(`JWT_SIGNING_KEYS ${keys}`);
  return none;
}

/** The keys in their order, or the problem with them. */
function parseSigningKeys(text: string): [SigningKey, ...SigningKey[]] | string {
  const [first, ...others] = Object.entries<unknown>({ ...parseObject(text) }).map(([id, secret]) => ({
    id,
    secret,
  }));
  if (!first) return 'must be a JSON object of key id to secret';
  const keys = [first, ...others];
  if (keys.some(({ id }) => /^\d*$/.test(id)))
    return 'must not have a whole number as key id: JavaScript would move it to the front';
  if (!keys.every(isSigningKey)) return `must have secrets of ${SECRET_LENGTH} characters or more`;
  return keys as [SigningKey, ...SigningKey[]];
}

function isSigningKey(key: { id: string; secret: unknown }): key is SigningKey {
  return typeof key.secret === 'string' && key.secret.length >= SECRET_LENGTH;
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}
