import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { LocalServer } from './processes.ts';
import { allowMissing } from './programs.ts';
import {
  missingPrograms,
  query,
  startPostgres,
  startRabbitMq,
  startSqs,
  temporaryDirectory,
} from './servers.ts';
import { migrate } from '../../src/stores/migrations.ts';
import { POSTGRES_USER } from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the tests with servers are skipped; empty when they run. */
    skipReason: string;
    postgresPort: number;
    postgresCertificate: string;
    rabbitPort: number;
    /** A reason when there is no SQS. */
    sqsPort: number | string;
  }
}

export default async function setUp({ provide }: TestProject): Promise<() => Promise<void>> {
  const missing = missingPrograms();
  const skipReason = missing.length > 0 ? `not installed: ${missing.join(', ')}` : '';
  allowMissing(missing, skipReason);
  provide('skipReason', skipReason);
  if (skipReason !== '') {
    console.warn(`Most tests are skipped: ${skipReason}`);
    return () => Promise.resolve();
  }
  const directories = ['postgres', 'rabbitmq', 'sqs'].map(temporaryDirectory);
  const [postgresDirectory = '', rabbitDirectory = '', sqsDirectory = ''] = directories;
  const servers: LocalServer[] = [];
  const tearDown = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  };
  try {
    const [postgres, rabbit, sqs] = await Promise.all([
      startPostgres(postgresDirectory).then((server) => (servers.push(server), server)),
      startRabbitMq(rabbitDirectory).then((started) => (servers.push(...started), started)),
      startSqs(sqsDirectory).then(
        (server) => (server instanceof LocalServer && servers.push(server), server),
      ),
    ]);
    if (typeof sqs === 'string') {
      allowMissing(['moto_server'], sqs);
      console.warn(`The test with SQS is skipped: ${sqs}`);
    }
    await query(postgres.port, 'postgres', 'CREATE DATABASE migrated');
    await migrate(
      { host: '127.0.0.1', port: postgres.port, user: POSTGRES_USER, database: 'migrated' },
      'migrations',
    );
    provide('postgresPort', postgres.port);
    provide('postgresCertificate', join(postgresDirectory, 'data/server.crt'));
    provide('rabbitPort', rabbit[0]?.port ?? 0);
    provide('sqsPort', typeof sqs === 'string' ? sqs : sqs.port);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}
