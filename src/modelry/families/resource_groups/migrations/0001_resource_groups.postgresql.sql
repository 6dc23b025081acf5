CREATE TABLE resource_groups (
  position BIGINT PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id BIGINT NOT NULL,
  resource_group_id TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,                  -- "default" is the group of whatever names none
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE UNIQUE INDEX resource_groups_by_id ON resource_groups (account_id, resource_group_id);
CREATE UNIQUE INDEX resource_groups_by_name ON resource_groups (account_id, name);
