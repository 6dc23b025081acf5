-- A position is the time of creation in microseconds since the epoch, unique and in commit order: see Transaction.tick.
CREATE TABLE ram_policies (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  folded_name TEXT COLLATE "C" NOT NULL,         -- names are unique, and found, without regard to case
  policy_name TEXT COLLATE "C" NOT NULL,
  default_version BIGINT NOT NULL,  -- the one that is in effect
  last_version BIGINT NOT NULL,     -- numbers go on counting; one that was deleted is not given again
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL             -- what is said of the policy, not what it says
);
CREATE UNIQUE INDEX ram_policies_by_name ON ram_policies (account_id, folded_name);
CREATE UNIQUE INDEX ram_policies_by_position ON ram_policies (account_id, position);

CREATE TABLE ram_policy_versions (
  account_id BIGINT NOT NULL,
  policy_position BIGINT NOT NULL,
  version BIGINT NOT NULL,
  policy_document TEXT COLLATE "C" NOT NULL,     -- as it was given
  gmt_create BIGINT NOT NULL,       -- microseconds since the epoch
  PRIMARY KEY (account_id, policy_position, version),
  FOREIGN KEY (account_id, policy_position) REFERENCES ram_policies (account_id, position) ON DELETE CASCADE
);

CREATE TABLE ram_policy_attachments (
  account_id BIGINT NOT NULL,
  entity_type TEXT COLLATE "C" NOT NULL,         -- User, Group or Role
  entity_id TEXT COLLATE "C" NOT NULL,
  policy_type TEXT COLLATE "C" NOT NULL,         -- System or Custom
  policy_name TEXT COLLATE "C" NOT NULL,         -- folded
  policy_position BIGINT,           -- of a custom policy, which cannot be deleted while it is attached
  position BIGINT NOT NULL,         -- time of attaching
  PRIMARY KEY (account_id, entity_type, entity_id, policy_type, policy_name),
  FOREIGN KEY (account_id, policy_position) REFERENCES ram_policies (account_id, position)
);
CREATE INDEX ram_policy_attachments_by_policy
  ON ram_policy_attachments (account_id, policy_type, policy_name, entity_type, position);
