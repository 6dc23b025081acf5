-- Pages are planned once for all accounts and workspaces. Where nearly all models are in one, their statistics say that
-- any other index is as good as the one of a list, though for whoever has few models it is not.
ALTER TABLE models ALTER COLUMN account_id SET (n_distinct = 50), ALTER COLUMN workspace_id SET (n_distinct = 50);
ANALYZE models;
