import { type Environment, readAll, type Variables } from './variables.ts';

export interface ServiceConfig {
  environment: string;
  service: string;
  version: string;
  logLevel: LogLevel;
}

export interface DatabaseConfig {
  host: string;
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

export interface JobsConfig {
  queue: string;
  concurrency: number;
  /** Limit of one attempt. */
  timeoutSeconds: number;
  /** Applies to a job whose producer set none. */
  attempts: number;
  /** A job whose lock was not renewed for this long is taken by another worker. */
  lockSeconds: number;
  /** A job that stalls more often is set aside. */
  stallLimit: number;
  stopTimeoutSeconds: number;
}

export interface Config extends ServiceConfig {
  listenHost: string;
  metricsPort: number;
  database: DatabaseConfig;
  redis: RedisConfig;
  broker: BrokerConfig;
  jobs: JobsConfig;
  tracesEndpoint: string | undefined;
  ecsAgent: string | undefined;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const BROKER_KINDS = ['rabbitmq', 'sqs'] as const;

export function readConfig(environment: Environment): Config {
  return readAll(environment, (variables) => ({
    environment: variables.text('ENVIRONMENT'),
    service: variables.text('SERVICE_NAME'),
    version: variables.text('SERVICE_VERSION', 'unknown'),
    logLevel: variables.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    listenHost: variables.text('LISTEN_HOST', '0.0.0.0'),
    metricsPort: variables.number('METRICS_PORT', 9464, 0, 65_535),
    database: database(variables),
    redis: redis(variables),
    broker: broker(variables),
    jobs: jobs(variables),
    tracesEndpoint: variables.optionalUrl('OTEL_EXPORTER_OTLP_ENDPOINT', ['http:', 'https:']),
    ecsAgent: variables.optionalUrl('ECS_AGENT_URI', ['http:']),
  }));
}

function database(variables: Variables): DatabaseConfig {
  return {
    host: variables.text('DATABASE_HOST'),
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

function jobs(variables: Variables): JobsConfig {
  return {
    queue: variables.text('WORKER_QUEUE', 'jobs'),
    concurrency: variables.number('WORKER_CONCURRENCY', 5, 1, 1000),
    timeoutSeconds: variables.number('JOB_TIMEOUT_SECONDS', 60, 1, 86_400),
    attempts: variables.number('JOB_ATTEMPTS', 5, 1, 100),
    lockSeconds: variables.number('JOB_LOCK_SECONDS', 30, 1, 3_600),
    stallLimit: variables.number('JOB_STALL_LIMIT', 3, 0, 1000),
    stopTimeoutSeconds: variables.number('STOP_TIMEOUT_SECONDS', 110, 0, 86_400),
  };
}
