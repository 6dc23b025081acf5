-- A position is the time of creation in microseconds since the epoch, unique and in commit order: see Transaction.tick.
CREATE TABLE models (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  model_id TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  model_name TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  accessibility TEXT COLLATE "C" NOT NULL,
  provider TEXT COLLATE "C",
  domain TEXT COLLATE "C",
  task TEXT COLLATE "C",
  origin TEXT COLLATE "C",
  model_type TEXT COLLATE "C",
  parameter_size BIGINT,
  order_number BIGINT,
  gmt_modified BIGINT NOT NULL,   -- microseconds since the epoch
  latest_position BIGINT,         -- of the version that was created last; a pointer, not a copy
  highest_version TEXT COLLATE "C",            -- MAJOR.MINOR that automatic numbering goes on from; never lowered
  folded_name TEXT COLLATE "C" NOT NULL,       -- folded in Python: databases disagree on case and on scripts
  folded_labels TEXT COLLATE "C" NOT NULL,     -- every label key and value
  folded_text TEXT COLLATE "C" NOT NULL,       -- what Query looks at: name, domain, task, label keys and values
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id)
);
CREATE UNIQUE INDEX models_by_id ON models (account_id, model_id);
CREATE UNIQUE INDEX models_by_name ON models (account_id, workspace_id, model_name);
-- The last two columns let a list be filtered and counted without reading the rows.
CREATE INDEX models_by_workspace ON models (account_id, workspace_id, position, provider, folded_labels);
CREATE INDEX models_by_provider ON models (account_id, provider, position) WHERE provider IS NOT NULL;

CREATE TABLE model_collections (
  account_id BIGINT NOT NULL,
  collection TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL REFERENCES models (position) ON DELETE CASCADE,
  PRIMARY KEY (account_id, collection, position)
);
CREATE INDEX model_collections_by_model ON model_collections (position);
