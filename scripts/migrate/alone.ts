// Statements outside any transaction: what a killed one leaves, and how it is begun again.

import type { Session } from "../postgres/port";
import type { Operation } from "./operation";

interface Index extends Record<string, unknown> {
  name: string;
  valid: boolean;
}

/**
 * Looks at what an earlier try left of a statement and removes what is half there.
 * @param begun an earlier run had begun exactly this statement: what it made whole is then its work, not somebody else's
 * @param remove runs a statement as the role that migrations run as
 * @returns `done` when nothing is left to do; `says` for people
 */
export async function clearAlone(
  session: Session,
  operations: readonly Operation[],
  begun: boolean,
  remove: (sql: string) => Promise<unknown>,
): Promise<{ done: boolean; says: string | undefined }> {
  const [operation] = operations;
  const { kind, relation = "", object = "" } = operation ?? {};
  const [schema = "", name = ""] = relation.split(".");
  if (kind === "create-index-concurrently") {
    const [index] = await indexes(session, schema, object.replace(/([\\%_])/g, "\\$1"));
    if (!index) return { done: false, says: undefined };
    if (index.valid)
      return { done: begun, says: begun ? `${schema}.${object} was built already` : undefined };
    await remove(`drop index concurrently ${quoted(schema)}.${quoted(object)}`);
    return { done: false, says: `removed the half-built index ${schema}.${object}` };
  }
  if (kind === "drop-index-concurrently") {
    const [index] = await indexes(session, schema, name.replace(/([\\%_])/g, "\\$1"));
    return { done: begun && !index, says: begun && !index ? `${relation} was dropped already` : undefined };
  }
  if (kind === "reindex-concurrently") {
    // What REINDEX leaves half-built ends in _ccnew, and the old one that it could not drop in _ccold.
    const left = (await indexes(session, schema, "%\\_cc%")).filter(({ valid }) => !valid);
    for (const index of left) await remove(`drop index concurrently ${quoted(schema)}.${quoted(index.name)}`);
    return {
      done: false,
      says: left.length > 0 ? `removed ${left.map(({ name }) => name).join(", ")}` : undefined,
    };
  }
  return { done: false, says: undefined };
}

function indexes(session: Session, schema: string, like: string): Promise<Index[]> {
  return session.query<Index>(
    `select c.relname::text as name, i.indisvalid as valid
       from pg_class c join pg_index i on i.indexrelid = c.oid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname like $2`,
    [schema, like],
  );
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
