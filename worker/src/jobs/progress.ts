import type { Redis } from 'ioredis';
import type { Database } from '../stores/database.ts';
import { saveProgress } from './job-rows.ts';
import type { JobMessage } from '../messages.ts';

const PERIOD_MS = 250;

/** Tells every backend replica that a job changed. Who misses it finds the row as it is. */
export class Progress {
  readonly #database: Database;
  readonly #redis: Redis;

  constructor(database: Database, redis: Redis) {
    this.#database = database;
    this.#redis = redis;
  }

  announce(tenantId: string, jobId: string): void {
    this.#redis.publish(`progress:${tenantId}`, jobId).catch(() => undefined);
  }

  /** A function to be told often, which writes seldom. */
  reporter({ jobId, tenantId }: JobMessage): (percent: number) => void {
    let next = Date.now() + PERIOD_MS;
    let written = 0;
    return (percent) => {
      if (percent <= written || Date.now() < next) return;
      next = Date.now() + PERIOD_MS;
      written = percent;
      saveProgress(this.#database, jobId, percent).then(
        () => {
          this.announce(tenantId, jobId);
        },
        () => undefined,
      );
    };
  }
}
