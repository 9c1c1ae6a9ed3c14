-- no transaction
CREATE INDEX CONCURRENTLY jobs_cancelled ON jobs (finished_at) WHERE status = 'cancelled'
