CREATE TABLE user_configs (
  position BIGINT PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,               -- whose it is; empty: the whole account's
  category_name TEXT COLLATE "C" NOT NULL,
  config_key TEXT COLLATE "C" NOT NULL,
  scope TEXT COLLATE "C" NOT NULL,
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE UNIQUE INDEX user_configs_by_key ON user_configs (account_id, category_name, config_key, scope, user_id);
