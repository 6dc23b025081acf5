CREATE TABLE access_keys (
  account_id INTEGER NOT NULL,
  access_key_id TEXT NOT NULL,
  user_id TEXT NOT NULL,          -- whose key it is; the account's own id for its own key
  status TEXT NOT NULL,           -- Active or Inactive
  sealed_secret BLOB NOT NULL,    -- unreadable without the sealing key, which lies outside the database
  gmt_create INTEGER NOT NULL,    -- microseconds since the epoch
  PRIMARY KEY (account_id, access_key_id)
) WITHOUT ROWID;

-- A key id is asked for before anything is known of the account.
CREATE UNIQUE INDEX access_keys_by_id ON access_keys (access_key_id);

CREATE TABLE nonces (
  digest BLOB PRIMARY KEY,        -- of key id and nonce; one row a write, until its date has left the clock window
  expires INTEGER NOT NULL        -- seconds since the epoch
) WITHOUT ROWID;

CREATE INDEX nonces_by_expiry ON nonces (expires);
