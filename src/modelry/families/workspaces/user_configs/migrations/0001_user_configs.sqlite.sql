CREATE TABLE user_configs (
  position INTEGER PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,               -- whose it is; empty: the whole account's
  category_name TEXT NOT NULL,
  config_key TEXT NOT NULL,
  scope TEXT NOT NULL,
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL
);
CREATE UNIQUE INDEX user_configs_by_key ON user_configs (account_id, category_name, config_key, scope, user_id);
