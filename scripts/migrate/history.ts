// What the runner remembers in the database itself, committed together with the steps it speaks of.

import { OpsError } from "../core/errors";
import { quote } from "../postgres/fingerprint";
import { openReader } from "../postgres/hold";
import type { Database, Session } from "../postgres/port";
import type { Direction, Migration } from "./migration";
import type { HistoryRow } from "./state";

/** A schema of its own: no role of the application has any right in it. */
const TABLES = [
  `create table if not exists ops_migrations.history (
     number int primary key,
     name text not null,
     sha256 text not null,
     direction text not null check (direction in ('up', 'down')),
     steps_done int not null default 0,
     -- Step outside a transaction that was begun and of which it is not known how it ended.
     alone_step int,
     finished boolean not null default false,
     started_at timestamptz not null default now(),
     finished_at timestamptz,
     checkpoint text
   )`,
  `create table if not exists ops_migrations.backfill (
     number int not null,
     direction text not null,
     step int not null,
     first_key bigint not null,
     last_key bigint not null,
     until_key bigint not null,
     rows bigint not null default 0,
     primary key (number, direction, step)
   )`,
];

interface Kept extends Record<string, unknown> {
  /** Null where the schema is empty. */
  name: string | null;
  /** Who could put something else in its place. */
  owner: string;
  ours: boolean;
  /** A table without anything that runs when it is read or written. */
  plain: boolean;
}

/** By the catalogue alone: nothing of it is planned. A superuser believes superusers, every other login itself. */
const KEPT = `
  with trusted as (
    select r.oid from pg_roles r, pg_roles me where me.rolname = current_user and (r.oid = me.oid or me.rolsuper and r.rolsuper)
  )
  select c.relname::text as name, pg_get_userbyid(case when n.nspowner in (select oid from trusted) then coalesce(c.relowner, n.nspowner) else n.nspowner end)::text as owner,
         n.nspowner in (select oid from trusted) and coalesce(c.relowner in (select oid from trusted), true) as ours,
         c.oid is null or c.relkind = 'r' and not c.relhasrules and not c.relrowsecurity and not c.relhassubclass
           and not exists (select from pg_inherits i where i.inhrelid = c.oid)
           and not exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as plain
    from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relname in ('history', 'backfill')
   where n.nspname = 'ops_migrations' order by 1`;

/**
 * Whoever may make schemas in the database could have made this one before us, and what is in it then runs as us.
 * Who owns neither the schema nor a table can put nothing in its place afterwards.
 * @returns what there is. @throws OpsError config when any of it is not ours
 */
async function requireOurs(session: Session): Promise<"nothing" | "schema" | "history"> {
  const kept = await session.query<Kept>(KEPT);
  const strange = kept.find(({ ours, plain }) => !ours || !plain);
  if (!strange) {
    if (kept.length === 0) return "nothing";
    return kept.some(({ name }) => name === "history") ? "history" : "schema";
  }
  const what = `ops_migrations${strange.name === null ? "" : `.${strange.name}`}`;
  throw new OpsError(
    "config",
    strange.ours
      ? `${what} is no plain table: it would run code when it is used`
      : `${what} belongs to ${strange.owner}`,
    {
      expected: "a history that the login of migrations made and owns, without triggers, rules and policies",
      todo: "nothing of it was read; find out who made it: a history of ours that a superuser kept goes to `migrations.user` by ALTER … OWNER, anything else goes by DROP SCHEMA",
    },
  );
}

/** @throws OpsError config when the login may not */
async function makeSchema(session: Session): Promise<void> {
  const [row] = await session.query<{ may: boolean; login: string; database: string }>(
    `select has_database_privilege(current_database(), 'create') as may, current_user::text as login,
            current_database()::text as database`,
  );
  if (!row?.may)
    throw new OpsError("config", `${row?.login} may not make the schema ops_migrations in ${row?.database}`, {
      expected: "a schema in which the login of migrations keeps what it did",
      todo: `as a superuser in that database: create schema ops_migrations authorization ${quote(row?.login ?? "")}`,
    });
  await session.query("create schema ops_migrations");
}

/** @throws OpsError config when somebody else made it */
export async function ensureHistory(session: Session): Promise<void> {
  const there = await requireOurs(session);
  if (there === "history") return;
  if (there === "nothing") await makeSchema(session);
  for (const sql of TABLES) await session.query(sql);
  await requireOurs(session);
}

/**
 * Empty where no migration was ever applied.
 * @param database connected to as the login of migrations. @throws OpsError config when somebody else made it
 */
export async function readHistory(database: Database, name: string): Promise<HistoryRow[]> {
  const session = await openReader(database, name);
  try {
    if ((await requireOurs(session)) !== "history") return [];
    return await session.query<HistoryRow & Record<string, unknown>>(
      `select number, name, sha256, direction, steps_done as "stepsDone", finished, checkpoint,
              to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "startedAt",
              to_char(finished_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as "finishedAt"
         from ops_migrations.history order by number`,
    );
  } finally {
    await session.close();
  }
}

/** Says that a migration is begun; a row that another direction left turns round. */
export async function begin(
  session: Session,
  { number, name, sha256 }: Migration,
  direction: Direction,
  checkpoint: string | null,
): Promise<void> {
  await session.query(
    `insert into ops_migrations.history (number, name, sha256, direction, checkpoint) values ($1, $2, $3, $4, $5)
     on conflict (number) do update set direction = excluded.direction, steps_done = 0, alone_step = null,
       finished = false, finished_at = null, started_at = now(), checkpoint = coalesce(excluded.checkpoint, history.checkpoint)`,
    [number, name, sha256, direction, checkpoint],
  );
}

/**
 * Records a step as done: inside its transaction, so that both stand or neither. The last one finishes the migration; the last
 * one of the down section forgets it.
 * @throws Error when somebody else has moved it on, which the advisory lock prevents
 */
export async function recordStep(
  session: Session,
  migration: Migration,
  direction: Direction,
  step: number,
  total: number,
): Promise<void> {
  const last = step + 1 === total;
  const sql =
    last && direction === "down"
      ? "delete from ops_migrations.history where number = $1 and steps_done = $2 returning number"
      : `update ops_migrations.history
            set steps_done = $2 + 1, alone_step = null${last ? ", finished = true, finished_at = clock_timestamp()" : ""}
          where number = $1 and steps_done = $2 returning number`;
  const rows = await session.query(sql, [migration.number, step]);
  if (rows.length !== 1) throw new Error(`${migration.name}: the history is not at step ${step + 1}`);
  if (last) await session.query("delete from ops_migrations.backfill where number = $1", [migration.number]);
}

/** Notes that a step outside any transaction is about to begin. @returns true when an earlier run had begun it already */
export async function beginAlone(session: Session, { number }: Migration, step: number): Promise<boolean> {
  const [row] = await session.query<{ begun: boolean }>(
    "select alone_step is not distinct from $2::int as begun from ops_migrations.history where number = $1",
    [number, step],
  );
  await session.query("update ops_migrations.history set alone_step = $2 where number = $1", [number, step]);
  return row?.begun === true;
}
