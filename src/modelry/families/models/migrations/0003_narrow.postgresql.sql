-- contracts: documents of models have a table of their own, and lists count from tallies that every write keeps
DROP INDEX models_by_workspace;
ALTER TABLE models DROP COLUMN document;
ALTER TABLE models DROP COLUMN document_version;

-- One text for every search: a name is its beginning, labels are its end.
ALTER TABLE models ADD COLUMN name_length INTEGER NOT NULL DEFAULT 0;    -- characters
ALTER TABLE models ADD COLUMN labels_start INTEGER NOT NULL DEFAULT 1;   -- number of the first character, from 1
-- Where sorting puts a model: what has no number comes before all that have one.
ALTER TABLE models ADD COLUMN order_place BIGINT NOT NULL DEFAULT -9223372036854775808;
ALTER TABLE models ADD COLUMN size_place BIGINT NOT NULL DEFAULT -9223372036854775808;
UPDATE models SET
  name_length = length(folded_name),
  labels_start = length(folded_text) - length(folded_labels) + 1,
  order_place = coalesce(order_number, -9223372036854775808),
  size_place = coalesce(parameter_size, -9223372036854775808);
ALTER TABLE models DROP COLUMN folded_name;
ALTER TABLE models DROP COLUMN folded_labels;

-- The account's own models, in the order of each sort; a provider's are few, and have an index of their own. What
-- decides who sees a model stands in the entries, so that pages far behind are found in them alone.
CREATE INDEX models_by_position ON models (account_id, position) INCLUDE (workspace_id, accessibility, user_id)
  WHERE provider IS NULL;
CREATE INDEX models_by_modified ON models (account_id, gmt_modified, position) WHERE provider IS NULL;
CREATE INDEX models_by_model_name ON models (account_id, model_name, position) WHERE provider IS NULL;
CREATE INDEX models_by_order ON models (account_id, order_place, position) WHERE provider IS NULL;
CREATE INDEX models_by_size ON models (account_id, size_place, position) WHERE provider IS NULL;
CREATE INDEX models_by_workspace ON models (account_id, workspace_id, position) INCLUDE (accessibility, user_id)
  WHERE provider IS NULL;
CREATE INDEX models_by_workspace_modified ON models (account_id, workspace_id, gmt_modified, position)
  WHERE provider IS NULL;
CREATE INDEX models_by_workspace_order ON models (account_id, workspace_id, order_place, position)
  WHERE provider IS NULL;
CREATE INDEX models_by_workspace_size ON models (account_id, workspace_id, size_place, position)
  WHERE provider IS NULL;
-- Room for pointers to new versions, beside which no index is written.
ALTER TABLE models SET (fillfactor = 85);
