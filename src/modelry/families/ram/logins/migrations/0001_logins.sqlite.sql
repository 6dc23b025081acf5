CREATE TABLE ram_login_profiles (
  account_id INTEGER NOT NULL,
  user_id TEXT NOT NULL,
  password_hash TEXT NOT NULL,    -- PHC string: function, parameters, salt and hash
  password_reset_required INTEGER NOT NULL,
  mfa_bind_required INTEGER NOT NULL,
  position INTEGER NOT NULL,      -- when it was made, microseconds since the epoch
  PRIMARY KEY (account_id, user_id),
  FOREIGN KEY (account_id, user_id) REFERENCES ram_users (account_id, user_id)
) WITHOUT ROWID;
