-- no transaction
CREATE INDEX CONCURRENTLY jobs_failed ON jobs (finished_at) WHERE status = 'failed'
