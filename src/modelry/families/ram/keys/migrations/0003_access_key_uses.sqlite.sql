CREATE TABLE access_key_uses (
  account_id INTEGER NOT NULL,
  access_key_id TEXT NOT NULL,
  last_used INTEGER NOT NULL,     -- seconds since the epoch, up to a minute late
  PRIMARY KEY (account_id, access_key_id)
) WITHOUT ROWID;

-- The keys of a user, in the order in which they were made.
CREATE INDEX access_keys_by_user ON access_keys (account_id, user_id, gmt_create);
