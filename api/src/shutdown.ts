import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './observability/logger.ts';
import type { Service } from './service.ts';

/** Time for the load balancer to see that this replica is not ready and to send new requests elsewhere. */
const DRAIN_MS = 2_000;

/** Requests in progress when the signal arrives have `limitSeconds` to finish. */
export function stopOnSignal(service: Service, limitSeconds: number, logger: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'API stopping');
    setTimeout(() => {
      logger.error('stop timed out: requests in progress were dropped');
      process.exit(0);
    }, limitSeconds * 1_000).unref();
    drainAndStop(service).then(
      () => {
        logger.info('API stopped');
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

async function drainAndStop(service: Service): Promise<void> {
  service.announceStop();
  await delay(DRAIN_MS);
  await service.stop();
}
