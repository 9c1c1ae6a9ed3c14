import { readConfig } from './config.ts';
import { Database } from './stores/database.ts';
import { DeadLetters } from './jobs/dead-letters.ts';
import { JobQueue } from './jobs/job-queue.ts';
import { createLogger } from './observability/logger.ts';
import { Progress } from './jobs/progress.ts';
import { connectForQueue } from './stores/redis.ts';
import { within } from './timers.ts';
import { ConfigError } from './variables.ts';

const CONNECT_MS = 10_000;

const names = process.argv.slice(2);
if (names.length === 0) {
  console.error('Usage: node dist/replay.js --all | jobId...');
  process.exit(2);
}
try {
  process.exit((await replay(names)) ? 0 : 1);
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}

/** False if one of the jobs was not a dead letter. */
async function replay(wanted: readonly string[]): Promise<boolean> {
  const config = readConfig(process.env);
  const logger = createLogger(config);
  const database = new Database(config.database, logger);
  const redis = connectForQueue(config.redis, logger);
  await within(CONNECT_MS, redis.ping());
  const { queue } = new JobQueue(config.jobs.queue, redis);
  const progress = new Progress(database, redis);
  const deadLetters = new DeadLetters(queue, redis, database, progress);
  const ids = wanted.includes('--all') ? await deadLetters.ids() : wanted;
  let replayed = 0;
  for (const id of ids) {
    const outcome = await deadLetters.replay(id);
    if (outcome === 'replayed' || outcome === 'sent again') replayed++;
    console.log(`${id} ${outcome}`);
  }
  await progress.flush();
  console.log(`${replayed} of ${ids.length} dead letters replayed in queue ${config.jobs.queue}`);
  return replayed === ids.length;
}
