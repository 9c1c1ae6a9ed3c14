-- no transaction
CREATE INDEX CONCURRENTLY jobs_succeeded ON jobs (finished_at) WHERE status = 'succeeded'
