/** Our tables; pg-boss keeps its own beside them, in the schema `pgboss`. Times are milliseconds since 1970 by the database's clock. */
export const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS lab;
CREATE TABLE IF NOT EXISTS lab.run (
  id text PRIMARY KEY,
  title text NOT NULL,
  detail json,
  created_ms double precision NOT NULL,
  ended boolean NOT NULL DEFAULT false
);
ALTER TABLE lab.run ADD COLUMN IF NOT EXISTS attended_ms double precision NOT NULL DEFAULT 0;
CREATE TABLE IF NOT EXISTS lab.class (
  queue text PRIMARY KEY,
  run text NOT NULL REFERENCES lab.run,
  needs json NOT NULL,
  setup text NOT NULL
);
CREATE TABLE IF NOT EXISTS lab.cell (
  id uuid PRIMARY KEY,
  run text NOT NULL REFERENCES lab.run,
  key text NOT NULL,
  queue text NOT NULL REFERENCES lab.class,
  payload json,
  phase text NOT NULL DEFAULT 'waiting',
  token integer NOT NULL DEFAULT 0,
  worker text,
  deadline_ms double precision,
  losses json NOT NULL DEFAULT '[]',
  UNIQUE (run, key)
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS cell_waiting ON lab.cell (queue) WHERE phase = 'waiting';
CREATE INDEX IF NOT EXISTS cell_leased ON lab.cell (deadline_ms) WHERE phase = 'leased';
-- One row a cell, by the database's own rule: whatever we do, there is one final verdict.
CREATE TABLE IF NOT EXISTS lab.result (
  cell uuid PRIMARY KEY REFERENCES lab.cell,
  run text NOT NULL,
  key text NOT NULL,
  worker text NOT NULL,
  token integer NOT NULL,
  outcome json NOT NULL,
  verdict text NOT NULL,
  losses json NOT NULL,
  settled_ms double precision NOT NULL
);
CREATE INDEX IF NOT EXISTS result_key ON lab.result (key, settled_ms);
CREATE INDEX IF NOT EXISTS result_run ON lab.result (run);
CREATE TABLE IF NOT EXISTS lab.late_result (
  cell uuid NOT NULL,
  run text NOT NULL,
  key text NOT NULL,
  token integer NOT NULL,
  worker text NOT NULL,
  reason text NOT NULL,
  outcome json NOT NULL,
  at_ms double precision NOT NULL
);
CREATE TABLE IF NOT EXISTS lab.worker (
  name text PRIMARY KEY,
  has json NOT NULL,
  cores integer NOT NULL,
  warm json NOT NULL,
  ailments json NOT NULL,
  cell text,
  seen_ms double precision NOT NULL
);
`;

/** Two that start at once would both create. */
export const SCHEMA_LOCK = 727_411_903;
export const NOW_MS = `(extract(epoch from clock_timestamp()) * 1000)::double precision`;
