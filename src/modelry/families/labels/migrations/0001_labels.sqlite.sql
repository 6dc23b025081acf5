-- Which resources carry a label: derived from the resources' documents, so that a list finds them without a scan.
CREATE TABLE labels (
  account_id INTEGER NOT NULL,
  resource_type TEXT NOT NULL,   -- model
  label_key TEXT NOT NULL,
  label_value TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  position INTEGER NOT NULL,     -- the resource's
  PRIMARY KEY (account_id, resource_type, label_key, label_value, workspace_id, position)
) WITHOUT ROWID;
