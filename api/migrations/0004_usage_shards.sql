-- A worker holds the row to which it adds until its commit: one row for a tenant lets no two effects of it commit at once.
-- Workers of the version before go on adding to tenant_usage, and its API shows that part until it is replaced.
CREATE TABLE tenant_usage_shards (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  shard integer NOT NULL,
  jobs bigint NOT NULL DEFAULT 0,
  units bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, shard)
);

-- For statements whose loss in a crash does no harm; until the end of the transaction. A function, so that no client sends SET or
-- set_config, for which RDS Proxy keeps it on one connection (Amazon RDS User Guide, "Avoiding pinning an RDS Proxy").
CREATE FUNCTION commit_asynchronously() RETURNS text LANGUAGE sql VOLATILE
  AS $$ SELECT set_config('synchronous_commit', 'off', true) $$;
