CREATE TABLE workspace_configs (
  position BIGINT PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  category_name TEXT COLLATE "C" NOT NULL,         -- empty when none was named
  config_key TEXT COLLATE "C" NOT NULL,
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspace_configs_by_key
  ON workspace_configs (account_id, workspace_id, config_key, category_name);
