import { readConfig } from './config.ts';
import { UnknownQueue } from './jobs/job-queue.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { type Service, startService } from './service.ts';
import { ConfigError } from './variables.ts';

const AFTER_RETURN_MS = 8_000;

try {
  const config = readConfig(process.env);
  const logger = createLogger(config);
  process.on('unhandledRejection', (error) => {
    logger.error({ err: error }, 'unhandled promise rejection');
  });
  const service = await startService(config, logger, (line) => process.stdout.write(line));
  logger.info({ url: service.url }, 'worker started');
  stopOnSignal(service, logger, config.jobs.stopTimeoutSeconds * 1000 + AFTER_RETURN_MS);
  service.running.catch((error: unknown) => {
    logger.error({ err: error }, error instanceof UnknownQueue ? error.message : 'worker failed');
    process.exit(1);
  });
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}

function stopOnSignal(service: Service, logger: Logger, limitMs: number): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'worker stopping');
    setTimeout(() => {
      logger.error('stop timed out');
      process.exit(0);
    }, limitMs).unref();
    service.stop().then(
      () => {
        logger.info('worker stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}
