import type { Database } from '../stores/database.ts';

const COUNT_IS_VALID_MS = 1_000;
const TENANTS_KNOWN = 10_000;

interface Known {
  count: Promise<number>;
  /** Submissions since. */
  added: number;
  until: number;
}

/**
 * The limit of jobs that a tenant has queued or running. They are counted once a second at most: with several replicas a
 * tenant may pass the limit by what the others accept from it in a second.
 */
export class UnfinishedJobs {
  readonly #database: Database;
  readonly #limit: number;
  readonly #known = new Map<string, Known>();

  constructor(database: Database, limit: number) {
    this.#database = database;
    this.#limit = limit;
  }

  /** Whether the tenant may submit another job, which is counted from now on. */
  async admits(tenantId: string): Promise<boolean> {
    const known = this.#find(tenantId);
    const before = known.added++;
    const isAdmitted = (await known.count) + before < this.#limit;
    if (!isAdmitted) known.added--;
    return isAdmitted;
  }

  #find(tenantId: string): Known {
    const known = this.#known.get(tenantId);
    if (known && Date.now() < known.until) return known;
    if (this.#known.size >= TENANTS_KNOWN) this.#known.clear();
    const fresh = { count: this.#count(tenantId), added: 0, until: Date.now() + COUNT_IS_VALID_MS };
    this.#known.set(tenantId, fresh);
    fresh.count.catch(() => {
      if (this.#known.get(tenantId) === fresh) this.#known.delete(tenantId);
    });
    return fresh;
  }

  async #count(tenantId: string): Promise<number> {
    const [row] = await this.#database.query<{ count: string }>(
      `SELECT count(*) FROM (
         SELECT FROM jobs WHERE tenant_id = $1 AND status IN ('queued', 'running') LIMIT $2
       ) AS unfinished`,
      [tenantId, this.#limit],
    );
    return Number(row?.count ?? 0);
  }
}
