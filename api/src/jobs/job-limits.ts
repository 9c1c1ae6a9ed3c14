import { Problem } from '../errors.ts';
import { ANY_NUMBER, Batches } from '../stores/batches.ts';
import type { Database } from '../stores/database.ts';

const TENANTS_KNOWN = 10_000;
const BYTES_A_MIB = 1024 * 1024;

/** Of each tenant up to the limit. One plan is kept, as ANY_NUMBER says. */
const UNFINISHED = `
  SELECT tenant.id, (
    SELECT count(*)::int FROM (
      SELECT FROM jobs WHERE tenant_id = tenant.id AND status IN ('queued', 'running') LIMIT (SELECT $2::int)
    ) AS unfinished
  ) AS count
  FROM (SELECT * FROM unnest($1::uuid[]) LIMIT ${ANY_NUMBER}) AS tenant (id)`;

export interface JobLimits {
  unfinishedJobsPerTenant: number;
  storedJobsPerTenant: number;
  storedMibPerTenant: number;
}

interface Known {
  room: Promise<number>;
  /** Submissions since. */
  added: number;
  until: number;
}

/**
 * How many jobs more a tenant may submit, measured by each replica once in `validMs` at most: a tenant may pass the limit by
 * what the other replicas accept from it in that time.
 */
class Room {
  readonly #validMs: number;
  readonly #measure: (tenantId: string) => Promise<number>;
  readonly #known = new Map<string, Known>();

  constructor(validMs: number, measure: (tenantId: string) => Promise<number>) {
    this.#validMs = validMs;
    this.#measure = measure;
  }

  /** Whether the tenant may submit another job, which is counted from now on. */
  async admits(tenantId: string): Promise<boolean> {
    const known = this.#find(tenantId);
    const nth = ++known.added;
    const isAdmitted = nth <= (await known.room);
    if (!isAdmitted) known.added -= 1;
    return isAdmitted;
  }

  #find(tenantId: string): Known {
    const known = this.#known.get(tenantId);
    if (known && Date.now() < known.until) return known;
    if (this.#known.size >= TENANTS_KNOWN) this.#known.clear();
    const fresh = { room: this.#measure(tenantId), added: 0, until: Date.now() + this.#validMs };
    this.#known.set(tenantId, fresh);
    fresh.room.catch(() => {
      if (this.#known.get(tenantId) === fresh) this.#known.delete(tenantId);
    });
    return fresh;
  }
}

export type Refusal = (tenantId: string) => Promise<Problem | undefined>;

/** What refuses another job of a tenant: too many that are queued or running, or stored. */
export function jobLimits(database: Database, limits: JobLimits): Refusal {
  const counts = new Batches<string, number>((tenantIds) => unfinishedRooms(database, tenantIds, limits));
  const unfinished = new Room(1_000, (tenantId) => counts.load(tenantId));
  const stored = new Room(60_000, (tenantId) => storedRoom(database, tenantId, limits));
  return async (tenantId) => {
    if (!(await unfinished.admits(tenantId))) {
      return new Problem(
        429,
        'too_many_unfinished_jobs',
        'Too many jobs are not finished. Try again when some are.',
      );
    }
    if (await stored.admits(tenantId)) return undefined;
    return new Problem(
      429,
      'too_many_stored_jobs',
      'The tenant has stored as many jobs as it may, until old ones are deleted.',
    );
  };
}

async function unfinishedRooms(
  database: Database,
  tenantIds: readonly string[],
  { unfinishedJobsPerTenant: limit }: JobLimits,
): Promise<number[]> {
  const rows = await database.query<{ id: string; count: number }>(UNFINISHED, [tenantIds, limit]);
  const counts = new Map(rows.map(({ id, count }) => [id, count]));
  return tenantIds.map((id) => limit - (counts.get(id) ?? 0));
}

/** In number, and in bytes of payloads and results as PostgreSQL keeps them. */
async function storedRoom(database: Database, tenantId: string, limits: JobLimits): Promise<number> {
  const [row] = await database.read<{ jobs: string; bytes: string }>(
    `SELECT count(*) AS jobs, sum(pg_column_size(payload) + coalesce(pg_column_size(result), 0)) AS bytes
     FROM jobs WHERE tenant_id = $1`,
    [tenantId],
  );
  if (Number(row?.bytes ?? 0) >= limits.storedMibPerTenant * BYTES_A_MIB) return 0;
  return limits.storedJobsPerTenant - Number(row?.jobs ?? 0);
}
