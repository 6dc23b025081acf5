-- A position is the time of creation in microseconds since the epoch, unique and in commit order: see Transaction.tick.
CREATE TABLE ram_roles (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  role_id TEXT COLLATE "C" NOT NULL,
  folded_name TEXT COLLATE "C" NOT NULL,         -- names are unique, and found, without regard to case
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE UNIQUE INDEX ram_roles_by_id ON ram_roles (account_id, role_id);
CREATE UNIQUE INDEX ram_roles_by_name ON ram_roles (account_id, folded_name);
CREATE UNIQUE INDEX ram_roles_by_position ON ram_roles (account_id, position);
