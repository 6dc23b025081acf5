CREATE TABLE model_versions (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  model_position BIGINT NOT NULL REFERENCES models (position) ON DELETE CASCADE,
  version_name TEXT COLLATE "C" NOT NULL,
  approval_status TEXT COLLATE "C" NOT NULL,
  format_type TEXT COLLATE "C",
  framework_type TEXT COLLATE "C",
  source_type TEXT COLLATE "C" NOT NULL,
  source_id TEXT COLLATE "C",
  gmt_modified BIGINT NOT NULL,
  folded_labels TEXT COLLATE "C" NOT NULL,
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE UNIQUE INDEX model_versions_by_name ON model_versions (account_id, model_position, version_name);
CREATE INDEX model_versions_by_model ON model_versions (model_position, position);
