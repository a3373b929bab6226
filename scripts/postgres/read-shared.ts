// Reads what belongs to a whole cluster: roles, tablespaces, grants on parameters, comments on shared objects.
import { createHash } from "node:crypto";
import type { Database, Session } from "./port";
import { LIST_GLOBALS, LIST_PARAMETERS, listRoles } from "./shared-objects";

/** A session of any database, under the snapshot that is to be read; or the cluster as it is now. */
export type Asked = Pick<Session, "query">;

/** The cluster as it is now. */
export function askNow(source: Database): Asked {
  return { query: (sql, values) => source.query(source.maintenance, sql, values) };
}

export interface Roles {
  /** Role name → sha256 of its attributes, memberships, settings and, where they were read, password verifier. */
  roles: Record<string, string>;
  /** False: without passwords. */
  passwords: boolean;
}

/** @param passwords false leaves them out, to compare with what was read without; default as far as the login may */
export async function readRoles({ query }: Asked, passwords = true): Promise<Roles> {
  const [{ full } = { full: false }] = await query<{ full: boolean }>(
    "select has_table_privilege('pg_catalog.pg_authid', 'select') as full",
  );
  const all = passwords && full;
  const rows = await query<{ name: string; definition: string }>(listRoles(all));
  const roles = digests(rows.map(({ name, definition }) => ({ name: `role ${name}`, definition })));
  return { roles, passwords: all };
}

/**
 * What belongs to the cluster beside roles: comments and security labels of shared objects, grants on parameters, tablespaces
 * with owner, options and grants, settings of every role. Name → sha256 of its definition.
 */
export async function readGlobals({ query }: Asked): Promise<Record<string, string>> {
  const [{ parameters } = { parameters: false }] = await query<{ parameters: boolean }>(
    "select to_regclass('pg_catalog.pg_parameter_acl') is not null as parameters",
  );
  const rows = [
    ...(await query<{ name: string; definition: string }>(LIST_GLOBALS)),
    ...(parameters ? await query<{ name: string; definition: string }>(LIST_PARAMETERS) : []),
  ];
  return digests(rows);
}

/** Name → sha256 of the definition. */
export function digests(rows: readonly { name: string; definition: string }[]): Record<string, string> {
  return Object.fromEntries(
    rows.map(({ name, definition }) => [name, createHash("sha256").update(definition).digest("hex")]),
  );
}
