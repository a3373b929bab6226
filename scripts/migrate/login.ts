// Whom migrations run as. What a statement touches may call functions of whoever may write to the database: triggers, expressions,
// casts. Under SET ROLE they would have the login's rights for the asking, by RESET ROLE. So the login itself is no superuser.
import { OpsError } from "../core/errors";
import type { Operated } from "../core/tools";
import { quote } from "../postgres/fingerprint";
import type { Database, PostgresTools, RestoredServer, Session } from "../postgres/port";
import { policyOf } from "./set";

type Source = PostgresTools & Pick<Operated, "platform">;

/**
 * The source, connected to as the login of its migrations, who need not be let into another database than theirs.
 * @param use what for, where that is the login of everything else
 */
export function migrator({ servers, platform }: Source, use: "read" | "change" = "read"): Database {
  const { user, passwordFile } = policyOf({ platform });
  if (user === undefined) return servers.source(platform, use);
  const { passwordFile: _others, ...database } = platform.database;
  const login = { ...database, user, ...(passwordFile === undefined ? {} : { passwordFile }) };
  return servers.source({ ...platform, database: login }, "change");
}

/** A copy, connected to as that login where the backup knows it already, otherwise as the copy's superuser: it is contained. */
export async function migratorOnCopy(
  { database, as }: Pick<RestoredServer, "database" | "as">,
  user: string | undefined,
): Promise<Database> {
  if (user === undefined) return database;
  const found = await database.query(
    database.maintenance,
    "select from pg_roles where rolname = $1 and rolcanlogin",
    [user],
  );
  return found.length > 0 ? as(user) : database;
}

/** Before anything is restored or changed. @throws OpsError config */
export async function requireLogin(context: Source): Promise<void> {
  const { database, role } = policyOf(context);
  if (role === undefined) return;
  const session = await migrator(context).session(database);
  try {
    await requireRole(session, role);
    await requireNoSuperuser(session, role, database);
  } finally {
    await session.close();
  }
}

/** @throws OpsError config */
export async function requireRole(session: Session, role: string): Promise<void> {
  const [row] = await session.query<{ may: boolean }>(
    "select pg_has_role(oid, 'member') as may from pg_roles where rolname = $1",
    [role],
  );
  if (row?.may) return;
  throw new OpsError(
    "config",
    row ? `the connecting user may not become ${role}` : `there is no role ${role}`,
    {
      expected: "the role that owns the schema, which the connecting user is a member of",
      todo: "correct `migrations.role` or `migrations.user` in the platform file, or grant the role",
    },
  );
}

/**
 * A superuser who becomes another role is only asked to forget what he is.
 * @param role that statements run as. @throws OpsError config
 */
export async function requireNoSuperuser(session: Session, role: string, database: string): Promise<void> {
  const [row] = await session.query<{ login: string; reaches: boolean }>(
    `select r.rolname::text as login, r.rolsuper and not exists (select from pg_roles o where o.rolname = $1 and o.rolsuper) as reaches
       from pg_roles r where r.rolname = session_user`,
    [role],
  );
  if (!row?.reaches) return;
  throw new OpsError("config", `migrations would run as superuser ${row.login}, who only becomes ${role}`, {
    expected: `a login without superuser's rights, member of ${role}: what the database's own triggers call is the login again by RESET ROLE`,
    todo: `as a superuser in ${database}: ${loginStatements(role, database).join("; ")}; then \`migrations.user: ${LOGIN}\` in the platform file, and \`migrations.passwordFile\` where it needs one`,
  });
}

/** How it is called where nothing else is named. */
const LOGIN = "ops_migrator";

/** What makes the login, and hands it a history that a superuser kept until now. */
function loginStatements(role: string, database: string): string[] {
  return [
    `create role ${LOGIN} login in role ${quote(role)}`,
    `grant connect on database ${quote(database)} to ${LOGIN}`,
    `create schema ops_migrations authorization ${LOGIN} (or, where a superuser kept the history until now: alter its owner, and that of its tables history and backfill)`,
  ];
}
