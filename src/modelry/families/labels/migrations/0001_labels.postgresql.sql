-- Which resources carry a label: derived from the resources' documents, so that a list finds them without a scan.
CREATE TABLE labels (
  account_id BIGINT NOT NULL,
  resource_type TEXT COLLATE "C" NOT NULL,   -- model
  label_key TEXT COLLATE "C" NOT NULL,
  label_value TEXT COLLATE "C" NOT NULL,
  workspace_id TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,     -- the resource's
  PRIMARY KEY (account_id, resource_type, label_key, label_value, workspace_id, position)
);
