-- The login of `ops data apply`: no superuser, so that nothing which a repaired row sets off can become one. What it takes out of a
-- row it keeps in a schema of its own. Triggers stay silent for it where PostgreSQL lets such a right be given away (15).
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'learning_repairer') THEN
    CREATE ROLE learning_repairer LOGIN IN ROLE learning_owner;
  END IF;
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO learning_repairer', current_database());
  CREATE SCHEMA IF NOT EXISTS ops_quarantine;
  ALTER SCHEMA ops_quarantine OWNER TO learning_repairer;
  IF current_setting('server_version_num')::int >= 150000 THEN
    GRANT SET ON PARAMETER session_replication_role TO learning_repairer;
  END IF;
END
$$;
