import { rmSync } from 'node:fs';
import type { TestProject } from 'vitest/node';
import { LocalServer } from './processes.ts';
import { allowMissing } from './programs.ts';
import {
  createTemplate,
  missingPrograms,
  startPostgres,
  startRabbitMq,
  startSqs,
  temporaryDirectory,
} from './servers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Why the tests with servers are skipped; empty when they are not. */
    skipReason: string;
    postgresPort: number;
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
    console.warn(`tests with servers are skipped: ${skipReason}`);
    return () => Promise.resolve();
  }
  const directories: string[] = [];
  const directory = (name: string): string => {
    const path = temporaryDirectory(name);
    directories.push(path);
    return path;
  };
  const servers: LocalServer[] = [];
  const tearDown = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop('SIGINT')));
    for (const path of directories) rmSync(path, { recursive: true, force: true });
  };
  try {
    const [postgres, rabbit, sqs] = await Promise.all([
      startPostgres(directory('postgres')).then((server) => (servers.push(server), server)),
      startRabbitMq(directory('rabbitmq')).then((started) => (servers.push(...started), started)),
      startSqs(directory('sqs')),
    ]);
    if (sqs instanceof LocalServer) servers.push(sqs);
    else {
      allowMissing(['moto_server'], sqs);
      console.warn(`tests with SQS are skipped: ${sqs}`);
    }
    await createTemplate(postgres.port);
    provide('postgresPort', postgres.port);
    provide('rabbitPort', rabbit[0].port);
    provide('sqsPort', sqs instanceof LocalServer ? sqs.port : sqs);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}
