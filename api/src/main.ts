import { readConfig } from './config.ts';
import { collectStartGarbage } from './garbage.ts';
import { blockOutput, createLogger } from './observability/logger.ts';
import { startService } from './service.ts';
import { stopOnSignal } from './shutdown.ts';
import { ConfigError } from './variables.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const output = blockOutput();
  const logger = createLogger(config, output);
  process.on('unhandledRejection', (error) => {
    logger.error({ err: error }, 'unhandled promise rejection');
  });
  const service = await startService(config, logger, (line) => {
    output.write(line);
  });
  logger.info({ url: service.url, metricsUrl: service.metricsUrl }, 'API started');
  stopOnSignal(service, config.stopTimeoutSeconds, logger);
  void collectStartGarbage();
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
