import { Problem } from '../../errors.ts';
import type { Health } from '../../observability/health.ts';
import type { App } from '../context.ts';

const HIDDEN = { schema: { hide: true }, config: { isUnlimited: true as const } };

export function healthRoutes(app: App, health: Health): void {
  app.get('/healthz', HIDDEN, () => {
    const { stuck } = health;
    if (stuck.length === 0) return { status: 'ok' };
    throw new Problem(503, 'unavailable', 'A connection to Redis cannot recover.', { extension: { stuck } });
  });

  app.get('/readyz', HIDDEN, async (request) => {
    if (health.stopping) throw new Problem(503, 'unavailable', 'This process is stopping.');
    const checks = await health.check();
    if (Object.values(checks).includes('failed')) {
      request.log.warn({ checks }, 'readiness check failed');
      throw new Problem(503, 'unavailable', 'A dependency does not answer.', { extension: { checks } });
    }
    return { status: 'ok', checks };
  });
}
