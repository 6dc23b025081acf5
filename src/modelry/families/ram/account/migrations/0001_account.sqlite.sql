CREATE TABLE ram_account_aliases (
  account_id INTEGER PRIMARY KEY,
  account_alias TEXT NOT NULL
);
