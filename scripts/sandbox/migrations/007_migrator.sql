-- The login of `ops migrate`: no superuser, so that nothing which a migration sets off can become one. The history is its own.
DO $$
DECLARE
  kept regclass;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'learning_migrator') THEN
    CREATE ROLE learning_migrator LOGIN IN ROLE learning_owner;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO learning_migrator', current_database());
  -- A sandbox that was made before there was such a login has a history of its superuser's.
  CREATE SCHEMA IF NOT EXISTS ops_migrations;
  ALTER SCHEMA ops_migrations OWNER TO learning_migrator;
  FOR kept IN SELECT oid FROM pg_class WHERE relnamespace = 'ops_migrations'::regnamespace AND relkind = 'r' LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO learning_migrator', kept);
  END LOOP;
END
$$;
