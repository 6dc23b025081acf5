-- A position is when it happened in microseconds since the epoch, unique in the whole database: see Transaction.tick.
-- Rows are added at one end and forgotten at the other, whatever account they are of.
CREATE TABLE audit_events (
  position BIGINT PRIMARY KEY,
  account_id BIGINT NOT NULL,
  product TEXT COLLATE "C" NOT NULL,
  operation TEXT COLLATE "C" NOT NULL,
  outcome TEXT COLLATE "C" NOT NULL,          -- Success or Denied
  request_id TEXT COLLATE "C" NOT NULL,
  user_id TEXT COLLATE "C" NOT NULL,
  user_name TEXT COLLATE "C" NOT NULL,        -- empty for the account itself
  access_key_id TEXT COLLATE "C" NOT NULL,
  document_version BIGINT NOT NULL,
  document BYTEA NOT NULL          -- the rest, with what was before and what is after
);
-- What everybody asks for now and then; the other columns are looked through.
CREATE INDEX audit_events_denied ON audit_events (account_id, position) WHERE outcome = 'Denied';

CREATE TABLE audit_resources (
  account_id BIGINT NOT NULL,
  resource TEXT COLLATE "C" NOT NULL,         -- the end of an ARN, folded: model/model-1
  position BIGINT NOT NULL,
  PRIMARY KEY (account_id, resource, position)
);
