// What a repair took out of rows is kept in the database itself, in a schema that only the repairing login can read, and written in the
// same transaction as the rows: whatever is committed can be taken back, and a run that was killed goes on where it stopped.
import { OpsError } from "../../core/errors";
import type { Session } from "../../postgres/port";
import type { Image } from "../images/change";

export const SCHEMA = "ops_quarantine";

/** A repair as the database knows it. */
export interface Repair extends Record<string, unknown> {
  id: string;
  /** Digest of its plan, or `unrepair of <id>`. */
  plan: string;
  /** Rows of its list that are dealt with, from the first. */
  position: number;
  finished: boolean;
}

export interface Kept {
  /** Position in the list of rows. */
  position: number;
  schema: string;
  name: string;
  columns: readonly string[];
  /** Before it; null: it was not there. */
  was: Image | null;
  /** As the repair left it; null: it was deleted. */
  became: Image | null;
}

const TABLES = `
  revoke all on schema ${SCHEMA} from public;
  create table if not exists ${SCHEMA}.repairs (
    id text primary key, plan text not null, position bigint not null default 0,
    started timestamptz not null default clock_timestamp(), finished timestamptz);
  create table if not exists ${SCHEMA}.rows (
    repair text not null references ${SCHEMA}.repairs, position bigint not null, relation_schema text not null, relation text not null,
    columns text[] not null, was text[], became text[], primary key (repair, position))`;

/**
 * Makes what is missing. In a schema of somebody else's nothing is kept: he could read it, and put other tables in the place of ours.
 * @throws OpsError config
 */
export async function openQuarantine(session: Session): Promise<void> {
  const [row] = await session.query<{ owner: string | null; own: boolean; there: boolean; login: string }>(
    `select n.nspowner::regrole::text as owner, n.nspowner = l.oid as own, l.rolname::text as login,
            exists (select from pg_class c where c.relnamespace = n.oid and c.relname = 'rows') as there
       from pg_roles l left join pg_namespace n on n.nspname = '${SCHEMA}' where l.rolname = current_user`,
  );
  const { owner, own, there, login } = row!;
  if (owner !== null && !own)
    throw new OpsError("config", `the schema ${SCHEMA} belongs to ${owner}`, {
      expected: `a schema of ${login}'s own`,
      todo: `as a superuser: alter schema ${SCHEMA} owner to ${login}`,
    });
  const schema = owner === null ? `create schema ${SCHEMA};` : "";
  if (!there) await session.query(`begin; ${schema} ${TABLES}; commit`);
}

export async function findRepair(session: Session, id: string): Promise<Repair | undefined> {
  const [row] = await session.query<Repair>(
    `select id, plan, position::float8 as position, finished is not null as finished from ${SCHEMA}.repairs where id = $1`,
    [id],
  );
  return row;
}

/** The one that was begun under this plan and did not come to its end. */
export async function findUnfinished(session: Session, plan: string): Promise<Repair | undefined> {
  const [row] = await session.query<Repair>(
    `select id, plan, position::float8 as position, false as finished from ${SCHEMA}.repairs where plan = $1 and finished is null`,
    [plan],
  );
  return row;
}

/** Nobody goes on with it any more: it is being taken back. */
export async function closeRepair(session: Session, id: string): Promise<void> {
  await session.query(
    `update ${SCHEMA}.repairs set finished = clock_timestamp() where id = $1 and finished is null`,
    [id],
  );
}

export async function beginRepair(session: Session, id: string, plan: string): Promise<void> {
  await session.query(`insert into ${SCHEMA}.repairs (id, plan) values ($1, $2)`, [id, plan]);
}

/** In the transaction that changes the rows. */
export async function keep(session: Session, id: string, rows: readonly Kept[]): Promise<void> {
  if (rows.length === 0) return;
  const values = rows.flatMap(({ position, schema, name, columns, was, became }) => [
    position,
    schema,
    name,
    columns,
    was,
    became,
  ]);
  const tuples = rows.map(
    (_, row) => `($1, ${[2, 3, 4, 5, 6, 7].map((at) => `$${row * 6 + at}`).join(", ")})`,
  );
  await session.query(
    `insert into ${SCHEMA}.rows (repair, position, relation_schema, relation, columns, was, became) values ${tuples.join(", ")}`,
    [id, ...values],
  );
}

/** In the transaction whose rows it counts. */
export async function advance(
  session: Session,
  id: string,
  position: number,
  finished: boolean,
): Promise<void> {
  await session.query(
    `update ${SCHEMA}.repairs set position = $2, finished = case when $3 then clock_timestamp() end where id = $1`,
    [id, position, finished],
  );
}

/** Rows of a repair, the last first, from below a position. */
export async function readKept(session: Session, id: string, below: number, limit: number): Promise<Kept[]> {
  return session.query<Kept & Record<string, unknown>>(
    `select position::float8 as position, relation_schema as schema, relation as name, columns, was, became
       from ${SCHEMA}.rows where repair = $1 and position < $2 order by position desc limit $3`,
    [id, below, limit],
  );
}

export async function countKept(session: Session, id: string): Promise<number> {
  const [row] = await session.query<{ count: number }>(
    `select count(*)::float8 as count from ${SCHEMA}.rows where repair = $1`,
    [id],
  );
  return row?.count ?? 0;
}
