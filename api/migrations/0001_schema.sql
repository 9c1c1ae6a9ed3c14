CREATE TABLE tenants (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX users_tenant ON users (tenant_id);

-- Milliseconds, so that a JavaScript date in a cursor names exactly one place.
CREATE TABLE jobs (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  idempotency_key text NOT NULL,
  request_hash text NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'succeeded', 'failed')),
  progress integer NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  result jsonb,
  error text,
  created_at timestamptz(3) NOT NULL DEFAULT now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  UNIQUE (tenant_id, idempotency_key)
);

CREATE INDEX jobs_newest ON jobs (tenant_id, created_at DESC, id DESC);
CREATE INDEX jobs_newest_by_status ON jobs (tenant_id, status, created_at DESC, id DESC);
CREATE INDEX jobs_unfinished ON jobs (created_at) WHERE status IN ('queued', 'running');

CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  destination text NOT NULL CHECK (destination IN ('queue:jobs', 'broker:events', 'broker:results')),
  message jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX outbox_next ON outbox (destination, id);

CREATE TABLE job_effects (
  job_id uuid PRIMARY KEY REFERENCES jobs (id),
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  units bigint NOT NULL CHECK (units >= 0),
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tenant_usage (
  tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
  jobs bigint NOT NULL DEFAULT 0,
  units bigint NOT NULL DEFAULT 0
);

CREATE TABLE received_messages (
  id text PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX received_messages_age ON received_messages (received_at);
