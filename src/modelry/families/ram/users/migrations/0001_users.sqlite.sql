CREATE TABLE ram_users (
  account_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,          -- 18 digits, never given out again
  user_name TEXT NOT NULL,
  folded_name TEXT NOT NULL,      -- unique and found without regard to case
  display_name TEXT NOT NULL,     -- empty for none
  position INTEGER NOT NULL,      -- when it was made, microseconds since the epoch
  document BLOB NOT NULL,         -- the user as it is shown, JSON
  document_version INTEGER NOT NULL,
  PRIMARY KEY (account_id, user_id)
) WITHOUT ROWID;

CREATE UNIQUE INDEX ram_users_by_name ON ram_users (account_id, folded_name);
CREATE UNIQUE INDEX ram_users_by_position ON ram_users (account_id, position);
