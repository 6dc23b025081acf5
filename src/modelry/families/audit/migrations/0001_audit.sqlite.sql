-- A position is when it happened in microseconds since the epoch, unique in the whole database: see Transaction.tick.
-- Rows are added at one end and forgotten at the other, whatever account they are of.
CREATE TABLE audit_events (
  position INTEGER PRIMARY KEY,
  account_id INTEGER NOT NULL,
  product TEXT NOT NULL,
  operation TEXT NOT NULL,
  outcome TEXT NOT NULL,          -- Success or Denied
  request_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  user_name TEXT NOT NULL,        -- empty for the account itself
  access_key_id TEXT NOT NULL,
  document_version INTEGER NOT NULL,
  document BLOB NOT NULL          -- the rest, with what was before and what is after
);
-- What everybody asks for now and then; the other columns are looked through.
CREATE INDEX audit_events_denied ON audit_events (account_id, position) WHERE outcome = 'Denied';

CREATE TABLE audit_resources (
  account_id INTEGER NOT NULL,
  resource TEXT NOT NULL,         -- the end of an ARN, folded: model/model-1
  position INTEGER NOT NULL,
  PRIMARY KEY (account_id, resource, position)
) WITHOUT ROWID;
