import { join } from 'node:path';
import { readCommandConfig } from './config.ts';
import { connectionOptions } from './stores/database.ts';
import { createLogger } from './observability/logger.ts';
import { migrate } from './stores/migrations.ts';
import { ConfigError } from './variables.ts';

async function main(): Promise<void> {
  const config = readCommandConfig(process.env);
  const logger = createLogger(config);
  const connection = { ...connectionOptions(config.database), query_timeout: 0 };
  try {
    const applied = await migrate(connection, join(import.meta.dirname, 'migrations'));
    logger.info({ applied }, 'migrations applied');
  } catch (error) {
    logger.error({ err: error }, 'migration failed');
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
});
