-- A position is the time of creation in microseconds since the epoch, unique and in commit order: see Transaction.tick.
CREATE TABLE ram_policies (
  position INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  folded_name TEXT NOT NULL,         -- names are unique, and found, without regard to case
  policy_name TEXT NOT NULL,
  default_version INTEGER NOT NULL,  -- the one that is in effect
  last_version INTEGER NOT NULL,     -- numbers go on counting; one that was deleted is not given again
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL             -- what is said of the policy, not what it says
);
CREATE UNIQUE INDEX ram_policies_by_name ON ram_policies (account_id, folded_name);
CREATE UNIQUE INDEX ram_policies_by_position ON ram_policies (account_id, position);

CREATE TABLE ram_policy_versions (
  account_id INTEGER NOT NULL,
  policy_position INTEGER NOT NULL,
  version INTEGER NOT NULL,
  policy_document TEXT NOT NULL,     -- as it was given
  gmt_create INTEGER NOT NULL,       -- microseconds since the epoch
  PRIMARY KEY (account_id, policy_position, version),
  FOREIGN KEY (account_id, policy_position) REFERENCES ram_policies (account_id, position) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE ram_policy_attachments (
  account_id INTEGER NOT NULL,
  entity_type TEXT NOT NULL,         -- User, Group or Role
  entity_id TEXT NOT NULL,
  policy_type TEXT NOT NULL,         -- System or Custom
  policy_name TEXT NOT NULL,         -- folded
  policy_position INTEGER,           -- of a custom policy, which cannot be deleted while it is attached
  position INTEGER NOT NULL,         -- time of attaching
  PRIMARY KEY (account_id, entity_type, entity_id, policy_type, policy_name),
  FOREIGN KEY (account_id, policy_position) REFERENCES ram_policies (account_id, position)
) WITHOUT ROWID;
CREATE INDEX ram_policy_attachments_by_policy
  ON ram_policy_attachments (account_id, policy_type, policy_name, entity_type, position);
