import type { Database } from '../stores/database.ts';
import type { Logger } from '../observability/logger.ts';
import { repeat } from '../timers.ts';
import { cancelledJobs } from './job-rows.ts';

const PERIOD_MS = 1_000;

/** The user has cancelled the job that this attempt was for. */
export class Cancelled extends Error {}

/**
 * Ends the attempts whose jobs were cancelled. The rows tell it, whatever becomes of Redis: one statement a period for the
 * jobs that have been in progress for longer than one.
 */
export class Cancellations {
  readonly #inProgress = new Map<AbortController, { jobId: string; since: number }>();
  readonly #looking: { stop(): Promise<void> };

  constructor(database: Database, logger: Logger) {
    this.#looking = repeat(PERIOD_MS, () =>
      this.#look(database).catch((error: unknown) => {
        logger.warn({ err: error }, 'search for cancelled jobs failed');
      }),
    );
  }

  /** Aborts the attempt when its job was cancelled, until the returned function is called. */
  watch(jobId: string, attempt: AbortController): () => void {
    this.#inProgress.set(attempt, { jobId, since: Date.now() });
    return () => {
      this.#inProgress.delete(attempt);
    };
  }

  stop(): Promise<void> {
    return this.#looking.stop();
  }

  async #look(database: Database): Promise<void> {
    const before = Date.now() - PERIOD_MS;
    const ids = [...this.#inProgress.values()]
      .filter(({ since }) => since <= before)
      .map(({ jobId }) => jobId);
    if (ids.length === 0) return;
    const cancelled = new Set(await cancelledJobs(database, ids));
    for (const [attempt, { jobId }] of this.#inProgress)
      if (cancelled.has(jobId)) attempt.abort(new Cancelled());
  }
}
