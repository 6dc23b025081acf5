-- Documents apart: lists filter, sort and count over rows that lie close together, and a new latest version does not
-- write its model's document again.
CREATE TABLE model_documents (
  position BIGINT PRIMARY KEY REFERENCES models (position) ON DELETE CASCADE,
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
INSERT INTO model_documents SELECT position, document_version, document FROM models ORDER BY position;

-- How many models of its own a workspace has, or the account where `workspace_id` is empty, and the time of the last
-- change of anything that a list of its models filters by.
CREATE TABLE model_tallies (
  account_id BIGINT NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  models BIGINT NOT NULL,
  moved BIGINT NOT NULL,
  PRIMARY KEY (account_id, workspace_id)
) WITH (fillfactor = 50);
INSERT INTO model_tallies
  SELECT account_id, workspace_id, count(*) FILTER (WHERE provider IS NULL), max(gmt_modified)
  FROM models GROUP BY account_id, workspace_id;
INSERT INTO model_tallies
  SELECT account_id, '', count(*) FILTER (WHERE provider IS NULL), max(gmt_modified) FROM models GROUP BY account_id;

ALTER TABLE models ADD COLUMN versions BIGINT NOT NULL DEFAULT 0;
ALTER TABLE models ADD COLUMN versions_moved BIGINT NOT NULL DEFAULT 0;   -- time of the last change of any version

-- The grams of `folded_text`: see search_postgresql.py, which counts them alike.
CREATE TABLE model_grams (
  position BIGINT PRIMARY KEY REFERENCES models (position) ON DELETE CASCADE,
  grams INTEGER[] NOT NULL
);
INSERT INTO model_grams
  SELECT m.position, ARRAY(
    SELECT DISTINCT (CASE length(gram)
      WHEN 3 THEN ascii(gram) * 73856093::BIGINT + ascii(substr(gram, 2)) * 19349663::BIGINT
        + ascii(substr(gram, 3)) * 83492791::BIGINT
      WHEN 2 THEN ascii(gram) * 73856093::BIGINT + ascii(substr(gram, 2)) * 19349663::BIGINT + 1
      ELSE ascii(gram) * 73856093::BIGINT + 2
    END & 2147483647)::INTEGER
    FROM (
      SELECT substr(m.folded_text, start, size) AS gram, size
      FROM generate_series(1, length(m.folded_text)) AS start, generate_series(1, 3) AS size
    ) AS cut
    WHERE length(gram) = size AND (size > 1 OR gram !~ '^[A-Za-z0-9]$')
  )
  FROM models AS m;
-- What is written is scanned by every search until it is merged: a little at a time.
CREATE INDEX model_grams_by_gram ON model_grams USING gin (grams) WITH (gin_pending_list_limit = 512);
