-- One row: see families/ram/generation.py.
CREATE TABLE access_generation (
  value BIGINT NOT NULL
);
INSERT INTO access_generation VALUES (1);
