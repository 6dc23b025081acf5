CREATE TABLE ram_users (
  account_id BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,          -- 18 digits, never given out again
  user_name TEXT COLLATE "C" NOT NULL,
  folded_name TEXT COLLATE "C" NOT NULL,      -- unique and found without regard to case
  display_name TEXT COLLATE "C" NOT NULL,     -- empty for none
  position BIGINT NOT NULL,      -- when it was made, microseconds since the epoch
  document BYTEA NOT NULL,         -- the user as it is shown, JSON
  document_version BIGINT NOT NULL,
  PRIMARY KEY (account_id, user_id)
);

CREATE UNIQUE INDEX ram_users_by_name ON ram_users (account_id, folded_name);
CREATE UNIQUE INDEX ram_users_by_position ON ram_users (account_id, position);
