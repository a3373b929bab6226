// Reads what belongs to a whole cluster: roles, tablespaces, grants on parameters, comments on shared objects.
import { createHash } from "node:crypto";
import type { Database } from "./port";
import { LIST_GLOBALS, LIST_PARAMETERS, LIST_ROLES, LIST_ROLES_MANAGED } from "./schema-digest";

/** Role name → sha256 of its attributes, memberships, settings and password verifier. */
export async function readRoles(source: Database): Promise<Record<string, string>> {
  const session = await source.session(source.maintenance);
  try {
    const [{ full } = { full: false }] = await session.query<{ full: boolean }>(
      "select has_table_privilege('pg_catalog.pg_authid', 'select') as full",
    );
    const rows = await session.query<{ name: string; definition: string }>(
      full ? LIST_ROLES : LIST_ROLES_MANAGED,
    );
    return digests(rows.map(({ name, definition }) => ({ name: `role ${name}`, definition })));
  } finally {
    await session.close();
  }
}

/**
 * What belongs to the cluster beside roles: comments and security labels of shared objects, grants on parameters, tablespaces
 * with owner, options and grants. Name → sha256 of its definition.
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
