-- The scan's lock keeps out no request (SHARE UPDATE EXCLUSIVE; ALTER TABLE, Notes, in PostgreSQL's documentation).
ALTER TABLE jobs VALIDATE CONSTRAINT jobs_status_check, VALIDATE CONSTRAINT jobs_origin_check;
