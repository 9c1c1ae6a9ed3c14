import type { Redis } from 'ioredis';
import type { Database } from '../stores/database.ts';
import { saveProgress } from './job-rows.ts';
import type { JobMessage } from '../messages.ts';

const PERIOD_MS = 250;
/** How long announcements are gathered: those of one pause are sent together, and a job's become one. */
const PAUSE_MS = 20;

/** Notifies every backend replica that a job's row has changed. A replica that misses it reads the row later. */
export class Progress {
  readonly #database: Database;
  readonly #redis: Redis;
  readonly #changed = new Map<string, string>();

  constructor(database: Database, redis: Redis) {
    this.#database = database;
    this.#redis = redis;
  }

  notify(tenantId: string, jobId: string): void {
    if (this.#changed.size === 0) setTimeout(() => void this.flush(), PAUSE_MS);
    this.#changed.set(jobId, tenantId);
  }

  /** Sends what has been gathered. */
  async flush(): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const [jobId, tenantId] of this.#changed) pipeline.publish(`progress:${tenantId}`, jobId);
    this.#changed.clear();
    await pipeline.exec().catch(() => undefined);
  }

  /** The returned function may be called often: it saves progress at most once a period. */
  reporter({ jobId, tenantId }: JobMessage): (percent: number) => void {
    let next = Date.now() + PERIOD_MS;
    let written = 0;
    return (percent) => {
      if (percent <= written || Date.now() < next) return;
      next = Date.now() + PERIOD_MS;
      written = percent;
      saveProgress(this.#database, jobId, percent).then(
        () => {
          this.notify(tenantId, jobId);
        },
        () => undefined,
      );
    };
  }
}
