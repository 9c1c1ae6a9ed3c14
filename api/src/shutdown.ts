import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './observability/logger.ts';
import type { Service } from './service.ts';

/** In this time the balancer sees the closing connections, and sends what is new to another replica. */
const FAREWELL_MS = 2_000;

/** What is in hand when a signal comes has `limitSeconds` to end. */
export function stopOnSignal(service: Service, limitSeconds: number, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error('some requests did not end in time');
      process.exit(0);
    }, limitSeconds * 1_000).unref();
    finish(service).then(
      () => {
        logger.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function finish(service: Service): Promise<void> {
  service.announceStop();
  await delay(FAREWELL_MS);
  await service.stop();
}
