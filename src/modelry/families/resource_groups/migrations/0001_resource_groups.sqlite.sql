CREATE TABLE resource_groups (
  position INTEGER PRIMARY KEY,        -- time of creation: see Transaction.tick
  account_id INTEGER NOT NULL,
  resource_group_id TEXT NOT NULL,
  name TEXT NOT NULL,                  -- "default" is the group of whatever names none
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL
);
CREATE UNIQUE INDEX resource_groups_by_id ON resource_groups (account_id, resource_group_id);
CREATE UNIQUE INDEX resource_groups_by_name ON resource_groups (account_id, name);
