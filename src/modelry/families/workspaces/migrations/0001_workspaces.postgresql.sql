-- A position is the time of creation in microseconds since the epoch, unique and in commit order: see Transaction.tick.
CREATE TABLE workspaces (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  folded_name TEXT COLLATE "C" NOT NULL,           -- names are unique without regard to case
  resource_group_id TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  gmt_modified BIGINT NOT NULL,       -- microseconds since the epoch
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE UNIQUE INDEX workspaces_by_id ON workspaces (account_id, workspace_id);
CREATE UNIQUE INDEX workspaces_by_name ON workspaces (account_id, folded_name);
CREATE UNIQUE INDEX workspaces_by_position ON workspaces (account_id, position);

-- Ids are never given out twice, also when the workspace is deleted.
CREATE TABLE workspace_ids (
  account_id BIGINT PRIMARY KEY,
  last_id BIGINT NOT NULL
);

CREATE TABLE default_workspaces (
  account_id BIGINT PRIMARY KEY,
  workspace_id TEXT COLLATE "C" NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id)
);

-- A member is a user and roles; names and the kind of account are the user's.
CREATE TABLE workspace_members (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspace_members_by_user ON workspace_members (account_id, workspace_id, user_id);
CREATE INDEX workspace_members_of_user ON workspace_members (account_id, user_id, workspace_id);
CREATE UNIQUE INDEX workspace_members_by_position ON workspace_members (account_id, workspace_id, position);

CREATE TABLE workspace_member_roles (
  position BIGINT PRIMARY KEY,        -- roles are shown in the order in which they were given
  account_id BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  role_id TEXT COLLATE "C" NOT NULL,               -- the name of a built-in role, the id of a custom one
  shown_as TEXT COLLATE "C" NOT NULL,              -- what the caller named it: Terraform compares
  FOREIGN KEY (account_id, workspace_id, user_id)
    REFERENCES workspace_members (account_id, workspace_id, user_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspace_member_roles_by_role
  ON workspace_member_roles (account_id, workspace_id, role_id, user_id);
CREATE INDEX workspace_member_roles_of_member
  ON workspace_member_roles (account_id, workspace_id, user_id, position);
