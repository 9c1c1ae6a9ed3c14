-- NOT VALID: a scan would hold the lock, also that for a check of a new column. 0009 scans under a weaker one.
ALTER TABLE jobs
  DROP CONSTRAINT jobs_status_check,
  ADD CONSTRAINT jobs_status_check
    CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')) NOT VALID,
  ADD COLUMN attempt_started_at timestamptz(3),
  ADD COLUMN created_by uuid,
  ADD COLUMN origin text NOT NULL DEFAULT 'user',
  ADD CONSTRAINT jobs_origin_check CHECK (origin IN ('user', 'welcome')) NOT VALID,
  ADD COLUMN request_id text,
  ADD COLUMN run_again_of uuid;

-- A cancelled job stays cancelled whatever a worker does: those of the version before start every job that has not
-- succeeded, and write the effect first. A start is discarded, so that the job ends in the queue; an effect is rolled back.
CREATE FUNCTION keep_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status = 'succeeded' THEN RAISE 'job % was cancelled', OLD.id; END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER jobs_keep_cancelled BEFORE UPDATE ON jobs
  FOR EACH ROW WHEN (OLD.status = 'cancelled') EXECUTE FUNCTION keep_cancelled();

-- The attempts that did not succeed: of the last one the job's own row tells. It goes with its job, which the version before
-- deletes without knowing of it.
CREATE TABLE job_attempts (
  job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  number integer NOT NULL,
  started_at timestamptz(3) NOT NULL,
  finished_at timestamptz(3) NOT NULL,
  error text,
  PRIMARY KEY (job_id, started_at)
);
