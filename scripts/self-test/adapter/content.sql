-- What a throwaway cluster holds: one small thing of every kind that an injected fault damages. Every name is used by a fault.
CREATE EXTENSION pgcrypto;

CREATE ROLE app_owner NOLOGIN;
CREATE ROLE app_reader NOLOGIN;

CREATE TABLE accounts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  holder text NOT NULL,
  balance numeric(12, 2) NOT NULL CONSTRAINT balance_is_not_negative CHECK (balance >= 0),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE transfers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id bigint NOT NULL CONSTRAINT transfer_has_an_account REFERENCES accounts,
  amount numeric(12, 2) NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transfers_by_time ON transfers (made_at);

-- No key and equal rows: a fingerprint that lets pairs cancel would not see them change.
CREATE TABLE tallies (label text NOT NULL, amount integer NOT NULL);

-- Nothing refers to it and nothing writes to it: the page that is damaged in the source.
CREATE TABLE certificates (id integer PRIMARY KEY, text text NOT NULL);

CREATE TABLE heartbeat (at timestamptz PRIMARY KEY);

CREATE SEQUENCE invoice_numbers;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END $$;
CREATE TRIGGER accounts_touch BEFORE UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION touch();

-- What a tenant may define to make different values look the same: a cast to text, and a function that an index calls.
CREATE ROLE tenant NOLOGIN;
CREATE SCHEMA tenant AUTHORIZATION tenant;
SET SESSION AUTHORIZATION tenant;
CREATE TYPE tenant.sealed AS (a aclitem, n integer);
CREATE FUNCTION tenant.sealed_text(tenant.sealed) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'sealed'; END $$;
CREATE CAST (tenant.sealed AS text) WITH FUNCTION tenant.sealed_text(tenant.sealed);
CREATE TABLE tenant.envelopes (id integer PRIMARY KEY, content tenant.sealed);
INSERT INTO tenant.envelopes SELECT n, row(NULL, n)::tenant.sealed FROM generate_series(1, 3) AS n;
CREATE FUNCTION tenant.same(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'same'; END $$;
CREATE TABLE tenant.notes (id integer PRIMARY KEY, note text NOT NULL);
CREATE INDEX notes_all_the_same ON tenant.notes (tenant.same(note));
INSERT INTO tenant.notes SELECT n, 'note ' || n FROM generate_series(1, 3) AS n;
RESET SESSION AUTHORIZATION;

-- Values that their type or collation takes for equal and that are not the same.
CREATE COLLATION letters (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE spellings (id integer PRIMARY KEY, name text COLLATE letters NOT NULL, price numeric NOT NULL);
INSERT INTO spellings SELECT n, 'holder ' || n, n + 0.5 FROM generate_series(1, 3) AS n;

-- Whoever reads the parent reads the child's rows as well, and cannot tell where they lie.
CREATE TABLE events (id integer NOT NULL, what text NOT NULL);
CREATE TABLE events_of_old () INHERITS (events);
INSERT INTO events VALUES (1, 'login'), (2, 'logout');
INSERT INTO events_of_old VALUES (3, 'login');

ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON certificates FOR SELECT USING (true);

ALTER TABLE transfers OWNER TO app_owner;
GRANT SELECT ON accounts, transfers TO app_reader;

INSERT INTO accounts (email, holder, balance)
SELECT 'holder' || n || '@example.org', 'holder ' || n, n * 10 FROM generate_series(1, 500) AS n;
INSERT INTO transfers (account_id, amount) SELECT 1 + n % 500, n / 100.0 FROM generate_series(1, 2000) AS n;
INSERT INTO tallies SELECT label, amount FROM generate_series(1, 2), (VALUES ('a', 1), ('b', 2), ('c', 3)) AS v (label, amount);
INSERT INTO certificates SELECT n, repeat('certificate ' || n || ' ', 20) FROM generate_series(1, 100) AS n;
INSERT INTO heartbeat VALUES (now());
SELECT setval('invoice_numbers', 1000);
SELECT lo_from_bytea(0, 'a certificate, scanned');

-- What transfers had come to when it was made: computed anew, it says something else.
CREATE MATERIALIZED VIEW totals AS SELECT account_id, sum(amount) AS total FROM transfers GROUP BY account_id;
