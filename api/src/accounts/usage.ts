import { Batches } from '../stores/batches.ts';
import type { Database } from '../stores/database.ts';

export interface Usage {
  jobs: number;
  units: number;
}

interface Row {
  tenantId: string;
  jobs: string;
  units: string;
}

const READ = `
  SELECT tenant_id AS "tenantId", sum(jobs) AS jobs, sum(units) AS units FROM (
    SELECT tenant_id, jobs, units FROM tenant_usage WHERE tenant_id = ANY($1::uuid[])
    UNION ALL SELECT tenant_id, jobs, units FROM tenant_usage_shards WHERE tenant_id = ANY($1::uuid[])
  ) AS parts GROUP BY tenant_id`;

/** What tenants have used. Those that are asked for together are read together. */
export function usageReader(database: Database): (tenantId: string) => Promise<Usage> {
  const batches = new Batches<string, Usage>(async (tenantIds) => {
    const rows = await database.read<Row>(READ, [[...new Set(tenantIds)]]);
    const known = new Map(rows.map((row) => [row.tenantId, row]));
    return tenantIds.map((id) => {
      const { jobs, units } = known.get(id) ?? { jobs: 0, units: 0 };
      return { jobs: Number(jobs), units: Number(units) };
    });
  });
  return (tenantId) => batches.load(tenantId);
}
