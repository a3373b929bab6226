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

ALTER TABLE transfers OWNER TO app_owner;
GRANT SELECT ON accounts, transfers TO app_reader;

INSERT INTO accounts (email, holder, balance)
SELECT 'holder' || n || '@example.org', 'holder ' || n, n * 10 FROM generate_series(1, 500) AS n;
INSERT INTO transfers (account_id, amount) SELECT 1 + n % 500, n / 100.0 FROM generate_series(1, 2000) AS n;
INSERT INTO tallies SELECT label, amount FROM generate_series(1, 2), (VALUES ('a', 1), ('b', 2), ('c', 3)) AS v (label, amount);
INSERT INTO certificates SELECT n, repeat('certificate ' || n || ' ', 20) FROM generate_series(1, 100) AS n;
INSERT INTO heartbeat VALUES (now());
SELECT setval('invoice_numbers', 1000);
