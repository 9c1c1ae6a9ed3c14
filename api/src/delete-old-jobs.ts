import { Client } from 'pg';
import { readCommandConfig } from './config.ts';
import { deleteOldJobs } from './jobs/old-jobs.ts';
import { createLogger } from './observability/logger.ts';
import { connectionOptions } from './stores/database.ts';
import { ConfigError } from './variables.ts';

async function main(days: number): Promise<void> {
  const config = readCommandConfig(process.env);
  const logger = createLogger(config);
  const client = new Client(connectionOptions(config.database));
  try {
    await client.connect();
    logger.info({ deleted: await deleteOldJobs(client, days) }, 'old jobs deleted');
  } catch (error) {
    logger.error({ err: error }, 'old jobs not deleted');
    process.exitCode = 1;
  } finally {
    await client.end();
  }
}

const [days = '', ...others] = process.argv.slice(2);
if (!/^[1-9]\d{0,4}$/.test(days) || others.length > 0) {
  console.error('Usage: node dist/delete-old-jobs.js <days since they ended, 1 to 99999>');
  process.exit(2);
}
main(Number(days)).catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exitCode = 1;
});
