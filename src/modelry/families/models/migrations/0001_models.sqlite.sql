-- A position is the time of creation in microseconds since the epoch, unique and in commit order: see Transaction.tick.
CREATE TABLE models (
  position INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  model_id TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  model_name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  accessibility TEXT NOT NULL,
  provider TEXT,
  domain TEXT,
  task TEXT,
  origin TEXT,
  model_type TEXT,
  parameter_size INTEGER,
  order_number INTEGER,
  gmt_modified INTEGER NOT NULL,   -- microseconds since the epoch
  latest_position INTEGER,         -- of the version that was created last; a pointer, not a copy
  highest_version TEXT,            -- MAJOR.MINOR that automatic numbering goes on from; never lowered
  folded_name TEXT NOT NULL,       -- folded in Python: databases disagree on case and on scripts
  folded_labels TEXT NOT NULL,     -- every label key and value
  folded_text TEXT NOT NULL,       -- what Query looks at: name, domain, task, label keys and values
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL,
  FOREIGN KEY (account_id, workspace_id) REFERENCES workspaces (account_id, workspace_id)
);
CREATE UNIQUE INDEX models_by_id ON models (account_id, model_id);
CREATE UNIQUE INDEX models_by_name ON models (account_id, workspace_id, model_name);
-- The last two columns let a list be filtered and counted without reading the rows.
CREATE INDEX models_by_workspace ON models (account_id, workspace_id, position, provider, folded_labels);
CREATE INDEX models_by_provider ON models (account_id, provider, position) WHERE provider IS NOT NULL;

CREATE TABLE model_collections (
  account_id INTEGER NOT NULL,
  collection TEXT NOT NULL,
  position INTEGER NOT NULL REFERENCES models (position) ON DELETE CASCADE,
  PRIMARY KEY (account_id, collection, position)
) WITHOUT ROWID;
CREATE INDEX model_collections_by_model ON model_collections (position);
