CREATE TABLE ram_account_aliases (
  account_id BIGINT PRIMARY KEY,
  account_alias TEXT COLLATE "C" NOT NULL
);
