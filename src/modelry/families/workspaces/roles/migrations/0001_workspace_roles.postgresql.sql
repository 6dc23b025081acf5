CREATE TABLE workspace_roles (
  position BIGINT PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  role_id TEXT COLLATE "C" NOT NULL,
  role_name TEXT COLLATE "C" NOT NULL,
  folded_name TEXT COLLATE "C" NOT NULL,           -- names are unique without regard to case
  gmt_modified BIGINT NOT NULL,       -- microseconds since the epoch
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspace_roles_by_id ON workspace_roles (account_id, workspace_id, role_id);
CREATE UNIQUE INDEX workspace_roles_by_name ON workspace_roles (account_id, workspace_id, folded_name);
CREATE UNIQUE INDEX workspace_roles_by_position ON workspace_roles (account_id, workspace_id, position);

-- Roles change at once, so a job is over when it is first seen; it is kept because clients ask for it by its id.
CREATE TABLE workspace_role_jobs (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  instance_job_id TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspace_role_jobs_by_id ON workspace_role_jobs (account_id, instance_job_id);
CREATE INDEX workspace_role_jobs_by_workspace ON workspace_role_jobs (account_id, workspace_id);
