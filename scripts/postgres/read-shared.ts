// Reads what belongs to a whole cluster: roles, tablespaces, grants on parameters, comments on shared objects.
import { createHash } from "node:crypto";
import type { Database } from "./port";
import { LIST_GLOBALS, LIST_PARAMETERS, listRoles } from "./shared-objects";

export interface Roles {
  /** Role name → sha256 of its attributes, memberships, settings and, where they were read, password verifier. */
  roles: Record<string, string>;
  /** False: without passwords. */
  passwords: boolean;
}

/** @param passwords false leaves them out, to compare with what was read without; default as far as the login may */
export async function readRoles(source: Database, passwords = true): Promise<Roles> {
  const session = await source.session(source.maintenance);
  try {
    const [{ full } = { full: false }] = await session.query<{ full: boolean }>(
      "select has_table_privilege('pg_catalog.pg_authid', 'select') as full",
    );
    const all = passwords && full;
    const rows = await session.query<{ name: string; definition: string }>(listRoles(all));
    const roles = digests(rows.map(({ name, definition }) => ({ name: `role ${name}`, definition })));
    return { roles, passwords: all };
  } finally {
    await session.close();
  }
}

/**
 * What belongs to the cluster beside roles: comments and security labels of shared objects, grants on parameters, tablespaces
 * with owner, options and grants, settings of every role. Name → sha256 of its definition.
 */
export async function readGlobals(source: Database): Promise<Record<string, string>> {
  const session = await source.session(source.maintenance);
  try {
    const [{ parameters } = { parameters: false }] = await session.query<{ parameters: boolean }>(
      "select to_regclass('pg_catalog.pg_parameter_acl') is not null as parameters",
    );
    const rows = [
      ...(await session.query<{ name: string; definition: string }>(LIST_GLOBALS)),
      ...(parameters ? await session.query<{ name: string; definition: string }>(LIST_PARAMETERS) : []),
    ];
    return digests(rows);
  } finally {
    await session.close();
  }
}

/** Name → sha256 of the definition. */
export function digests(rows: readonly { name: string; definition: string }[]): Record<string, string> {
  return Object.fromEntries(
    rows.map(({ name, definition }) => [name, createHash("sha256").update(definition).digest("hex")]),
  );
}
