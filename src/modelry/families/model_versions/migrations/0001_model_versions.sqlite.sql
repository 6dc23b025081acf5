CREATE TABLE model_versions (
  position INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  model_position INTEGER NOT NULL REFERENCES models (position) ON DELETE CASCADE,
  version_name TEXT NOT NULL,
  approval_status TEXT NOT NULL,
  format_type TEXT,
  framework_type TEXT,
  source_type TEXT NOT NULL,
  source_id TEXT,
  gmt_modified INTEGER NOT NULL,
  folded_labels TEXT NOT NULL,
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL
);
CREATE UNIQUE INDEX model_versions_by_name ON model_versions (account_id, model_position, version_name);
CREATE INDEX model_versions_by_model ON model_versions (model_position, position);
