CREATE TABLE ram_groups (
  account_id BIGINT NOT NULL,
  group_id TEXT COLLATE "C" NOT NULL,
  group_name TEXT COLLATE "C" NOT NULL,
  folded_name TEXT COLLATE "C" NOT NULL,      -- unique and found without regard to case
  position BIGINT NOT NULL,      -- when it was made, microseconds since the epoch
  document BYTEA NOT NULL,         -- the group as it is shown, JSON
  document_version BIGINT NOT NULL,
  PRIMARY KEY (account_id, group_id)
);

CREATE UNIQUE INDEX ram_groups_by_name ON ram_groups (account_id, folded_name);
CREATE UNIQUE INDEX ram_groups_by_position ON ram_groups (account_id, position);

CREATE TABLE ram_group_members (
  account_id BIGINT NOT NULL,
  group_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  position BIGINT NOT NULL,      -- when the user joined, microseconds since the epoch
  PRIMARY KEY (account_id, group_id, user_id),
  FOREIGN KEY (account_id, group_id) REFERENCES ram_groups (account_id, group_id),
  FOREIGN KEY (account_id, user_id) REFERENCES ram_users (account_id, user_id)
);

CREATE UNIQUE INDEX ram_group_members_by_position ON ram_group_members (account_id, group_id, position);
CREATE UNIQUE INDEX ram_group_members_by_user ON ram_group_members (account_id, user_id, position);
