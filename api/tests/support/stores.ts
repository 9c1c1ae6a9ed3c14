import { type LocalServer } from './processes.ts';
import { POSTGRES_USER, startPostgres, startRabbitMq, startRedis } from './servers.ts';

export interface StorePorts {
  postgres: number;
  redis: number;
  rabbit: number;
}

/** Starts what an application needs, each in a folder of its own. `keep` gets each server at once, to stop it. */
export async function startStores(
  folder: (name: string) => string,
  keep: (server: LocalServer) => number,
): Promise<StorePorts> {
  const postgres = keep(await startPostgres(folder('postgres')));
  const redis = keep(await startRedis(folder('redis')));
  const [rabbit = 0] = (await startRabbitMq(folder('rabbitmq'))).map(keep);
  return { postgres, redis, rabbit };
}

/** How an application on this machine finds them. */
export function storeVariables(
  { postgres, redis, rabbit }: StorePorts,
  database: string,
): Record<string, string> {
  return {
    ENVIRONMENT: 'local',
    LISTEN_HOST: '127.0.0.1',
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: String(postgres),
    DATABASE_NAME: database,
    DATABASE_USERNAME: POSTGRES_USER,
    DATABASE_PASSWORD: 'any',
    DATABASE_TLS: 'false',
    REDIS_HOST: '127.0.0.1',
    REDIS_PORT: String(redis),
    REDIS_TLS: 'false',
    BROKER_KIND: 'rabbitmq',
    BROKER_ENDPOINT: `amqp://127.0.0.1:${rabbit}`,
    BROKER_USERNAME: 'guest',
    BROKER_PASSWORD: 'guest',
  };
}
