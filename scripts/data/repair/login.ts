// As whom rows are put back. What a row sets off in the database (constraints, domains, expressions, triggers) is code of its owners, and
// runs with the rights of whoever writes: so that is a login of its own, with no more rights than the owners of the tables have.
import type { Platform } from "../../../policies/service/service";
import { OpsError } from "../../core/errors";
import type { Operated } from "../../core/tools";
import { qualified } from "../../postgres/fingerprint";
import type { Database, PostgresTools, Session } from "../../postgres/port";
import type { Root } from "../images/catalogue";

/** @throws OpsError config when the platform declares none */
export function repairer({ servers, platform }: PostgresTools & Pick<Operated, "platform">): Database {
  const login = loginOf(platform);
  const { passwordFile: _others, ...database } = platform.database;
  return servers.source({ ...platform, database: { ...database, ...login } }, "change");
}

function loginOf({ name, repairs }: Pick<Platform, "name" | "repairs">): {
  user: string;
  passwordFile?: string;
} {
  if (repairs) return repairs;
  throw new OpsError("config", `platform ${name} declares nobody who may put rows back`, {
    expected:
      "`repairs.user` in the platform file: a login without superuser's rights, member of the roles that own the tables",
    todo: "as a superuser: create role ops_repairer login in role <owner>; create schema ops_quarantine authorization ops_repairer; and from PostgreSQL 15 on: grant set on parameter session_replication_role to ops_repairer",
  });
}

/** Whether triggers can be kept silent for the login. */
export async function maySilenceTriggers(session: Session): Promise<boolean> {
  const [row] = await session
    .query<{ may: boolean }>(
      `select case when current_setting('server_version_num')::int >= 150000
                 then has_parameter_privilege('session_replication_role', 'set') else false end as may`,
    )
    .catch(() => [{ may: false }]);
  return row?.may === true;
}

/** Functions that writing to a table would run, and that belong to somebody whose rights the login does not have anyway. */
const FOREIGN_CODE = `
  with tables as (select unnest($1::oid[]) as oid union select relid from unnest($1::oid[]) as o(oid), pg_partition_tree(o.oid::regclass)),
  objects(classid, objid) as (
    select 'pg_class'::regclass, i.indexrelid from pg_index i join tables t on t.oid = i.indrelid
    union select 'pg_constraint'::regclass, c.oid from pg_constraint c join tables t on t.oid = c.conrelid
    union select 'pg_attrdef'::regclass, d.oid from pg_attrdef d join tables t on t.oid = d.adrelid
    union select 'pg_class'::regclass, oid from tables
    union select 'pg_constraint'::regclass, c.oid from pg_constraint c join pg_attribute a on a.atttypid = c.contypid join tables t on t.oid = a.attrelid
    union select 'pg_trigger'::regclass, g.oid from pg_trigger g join tables t on t.oid = g.tgrelid
           where not g.tgisinternal and ($2 and g.tgenabled in ('O', 'A') or not $2 and g.tgenabled in ('R', 'A')))
  select distinct format('%s (of %s)', p.oid::regprocedure, r.rolname) as code
    from objects o join pg_depend d on d.classid = o.classid and d.objid = o.objid and d.refclassid = 'pg_proc'::regclass
    join pg_proc p on p.oid = d.refobjid join pg_roles r on r.oid = p.proowner
   where p.prolang not in (12, 13) and not pg_has_role(current_user, p.proowner, 'member')`;

/** @throws OpsError config */
export async function requireNoSuperuser(session: Session): Promise<void> {
  const [who] = await session.query<{ login: string; super: boolean }>(
    "select rolname::text as login, rolsuper as super from pg_roles where rolname = session_user",
  );
  if (who?.super === false) return;
  throw new OpsError("config", `rows would be put back by superuser ${who?.login}`, {
    expected:
      "a login without superuser's rights: constraints and triggers of the tables run with the rights of whoever writes",
    todo: "name another `repairs.user` in the platform file",
  });
}

/**
 * @param fire ordinary triggers fire
 * @throws OpsError config when the login has too many rights, or too few
 */
export async function requireFitLogin(
  session: Session,
  roots: readonly Root[],
  fire: boolean,
): Promise<void> {
  await requireNoSuperuser(session);
  const [who] = await session.query<{ login: string }>("select session_user::text as login");
  const login = who!.login;
  for (const root of roots) {
    const [row] = await session.query<{ may: boolean }>(
      "select has_table_privilege($1::oid, 'select') and has_table_privilege($1::oid, 'insert') and has_table_privilege($1::oid, 'update') and has_table_privilege($1::oid, 'delete') as may",
      [root.oid],
    );
    if (!row?.may)
      throw new OpsError("config", `${login} may not write to ${qualified(root)}`, {
        expected: "a member of the role that owns it",
        todo: `grant that role to ${login}, or take the rows of this table out of the repair`,
      });
  }
  const foreign = await session.query<{ code: string }>(FOREIGN_CODE, [roots.map(({ oid }) => oid), fire]);
  if (foreign.length === 0) return;
  throw new OpsError(
    "config",
    `writing to these tables runs code of others: ${foreign.map(({ code }) => code).join(", ")}`,
    {
      expected: `functions whose owner ${login} is a member of`,
      todo: "whoever owns them would get the login's rights: let the tables' owner own them, or repair by hand",
    },
  );
}
