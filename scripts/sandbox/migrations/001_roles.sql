-- Who may do what, before there is anything to do it to. Roles belong to the cluster: a second database finds them there.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'learning_owner') THEN
    CREATE ROLE learning_owner NOLOGIN;
    CREATE ROLE learning_readonly NOLOGIN;
    CREATE ROLE learning_app LOGIN CONNECTION LIMIT 20;
    CREATE ROLE learning_report LOGIN CONNECTION LIMIT 5 IN ROLE learning_readonly;
    ALTER ROLE learning_report SET default_transaction_read_only = on;
  END IF;
END
$$;

DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO learning_app, learning_readonly', current_database());
END
$$;

CREATE SCHEMA learning AUTHORIZATION learning_owner;
GRANT USAGE ON SCHEMA learning TO learning_app, learning_readonly;
COMMENT ON SCHEMA learning IS 'What the platform is about: learners, courses, study, trade';

CREATE SCHEMA ops;
GRANT USAGE ON SCHEMA ops TO learning_app;
COMMENT ON SCHEMA ops IS 'What operations need: the heartbeat and the function that the fill draws from';

-- Drawn from the id alone: the same scale gives the same rows on every machine with the same major version.
CREATE FUNCTION ops.pick(id bigint, salt int, choices int) RETURNS int
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ((hashint8extended(id, salt) & 2147483647) % choices)::int;

-- `n` has gaps where an insert failed; `at` is the server's clock just before the commit.
CREATE TABLE ops.heartbeat (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX heartbeat_at ON ops.heartbeat (at);
GRANT SELECT, INSERT ON ops.heartbeat TO learning_app;
