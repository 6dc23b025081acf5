CREATE TABLE workspace_configs (
  position INTEGER PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  category_name TEXT NOT NULL,         -- empty when none was named
  config_key TEXT NOT NULL,
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX workspace_configs_by_key
  ON workspace_configs (account_id, workspace_id, config_key, category_name);
