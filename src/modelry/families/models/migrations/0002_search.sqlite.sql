-- Documents apart: lists filter, sort and count over rows that lie close together, and a new latest version does not
-- write its model's document again.
CREATE TABLE model_documents (
  position INTEGER PRIMARY KEY REFERENCES models (position) ON DELETE CASCADE,
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL
);
INSERT INTO model_documents SELECT position, document_version, document FROM models ORDER BY position;

-- How many models of its own a workspace has, or the account where `workspace_id` is empty, and the time of the last
-- change of anything that a list of its models filters by.
CREATE TABLE model_tallies (
  account_id INTEGER NOT NULL,
  workspace_id TEXT NOT NULL,
  models INTEGER NOT NULL,
  moved INTEGER NOT NULL,
  PRIMARY KEY (account_id, workspace_id)
) WITHOUT ROWID;
INSERT INTO model_tallies
  SELECT account_id, workspace_id, sum(provider IS NULL), max(gmt_modified) FROM models GROUP BY account_id, workspace_id;
INSERT INTO model_tallies
  SELECT account_id, '', sum(provider IS NULL), max(gmt_modified) FROM models GROUP BY account_id;

ALTER TABLE models ADD COLUMN versions INTEGER NOT NULL DEFAULT 0;
ALTER TABLE models ADD COLUMN versions_moved INTEGER NOT NULL DEFAULT 0;   -- time of the last change of any version

-- The trigrams of `folded_text`: see search_sqlite.py.
CREATE VIRTUAL TABLE model_grams USING fts5(
  grams, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);
-- Models whose text the trigrams do not know yet: a search looks at them too.
CREATE TABLE model_grams_pending (
  position INTEGER PRIMARY KEY,
  indexed_text TEXT   -- what the trigrams know under this position; NULL for nothing
);
INSERT INTO model_grams_pending SELECT position, NULL FROM models;
