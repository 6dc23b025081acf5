CREATE TABLE ram_login_profiles (
  account_id BIGINT NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  password_hash TEXT COLLATE "C" NOT NULL,    -- PHC string: function, parameters, salt and hash
  password_reset_required BIGINT NOT NULL,
  mfa_bind_required BIGINT NOT NULL,
  position BIGINT NOT NULL,      -- when it was made, microseconds since the epoch
  PRIMARY KEY (account_id, user_id),
  FOREIGN KEY (account_id, user_id) REFERENCES ram_users (account_id, user_id)
);
