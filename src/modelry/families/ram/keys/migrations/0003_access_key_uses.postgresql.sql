CREATE TABLE access_key_uses (
  account_id BIGINT NOT NULL,
  access_key_id TEXT COLLATE "C" NOT NULL,
  last_used BIGINT NOT NULL,     -- seconds since the epoch, up to a minute late
  PRIMARY KEY (account_id, access_key_id)
);

-- The keys of a user, in the order in which they were made.
CREATE INDEX access_keys_by_user ON access_keys (account_id, user_id, gmt_create);
