CREATE TABLE access_keys (
  account_id BIGINT NOT NULL,
  access_key_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,          -- whose key it is; the account's own id for its own key
  status TEXT COLLATE "C" NOT NULL,           -- Active or Inactive
  sealed_secret BYTEA NOT NULL,    -- unreadable without the sealing key, which lies outside the database
  gmt_create BIGINT NOT NULL,    -- microseconds since the epoch
  PRIMARY KEY (account_id, access_key_id)
);

-- A key id is asked for before anything is known of the account.
CREATE UNIQUE INDEX access_keys_by_id ON access_keys (access_key_id);

CREATE TABLE nonces (
  digest BYTEA PRIMARY KEY,        -- of key id and nonce; one row a write, until its date has left the clock window
  expires BIGINT NOT NULL        -- seconds since the epoch
);

CREATE INDEX nonces_by_expiry ON nonces (expires);
