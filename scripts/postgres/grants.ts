// The role that our jobs read a source with, as SQL: what is needed, and nothing that writes unless it is asked for. Pure.
import { quote } from "./fingerprint";

/** The first major version that has pg_maintain, which may lock a table without writing to it. */
const HAS_MAINTAIN = 17;

export interface GrantRequest {
  role: string;
  /** Major version of the server. */
  version: number;
  /** Every database that is read; functions are granted in each. */
  databases: readonly string[];
  /**
   * Writers may be held for up to 100 ms, so that a moment is found while many commit. Before PostgreSQL 17 that takes
   * pg_write_all_data: PostgreSQL gives the lock only to who may write.
   */
  holdWriters: boolean;
}

export interface Grants {
  /** Once, in any database. */
  cluster: string[];
  /** In each database: privileges of functions belong to it. */
  database: string[];
}

/** Functions that PostgreSQL leaves to superusers: the restore point of a checkpoint, and ending its WAL segment. */
const FUNCTIONS = ["pg_create_restore_point(text)", "pg_switch_wal()"];

export function grantsOf({ role, version, databases, holdWriters }: GrantRequest): Grants {
  const name = quote(role);
  const memberOf = ["pg_read_all_data", "pg_monitor"];
  if (holdWriters) memberOf.push(version >= HAS_MAINTAIN ? "pg_maintain" : "pg_write_all_data");
  return {
    cluster: [
      // Row security would hide rows; ours raise an error instead, and this lets them read.
      `create role ${name} login nosuperuser nocreatedb nocreaterole noreplication bypassrls`,
      `grant ${memberOf.join(", ")} to ${name}`,
      ...(databases.length > 0
        ? [`grant connect on database ${databases.map(quote).join(", ")} to ${name}`]
        : []),
    ],
    database: FUNCTIONS.map((signature) => `grant execute on function pg_catalog.${signature} to ${name}`),
  };
}

/** What a superuser remains necessary for, one sentence each. */
export function beyondGrants(version: number): string[] {
  return [
    "passwords of roles are compared by their digest only where pg_authid can be read",
    ...(version < HAS_MAINTAIN
      ? [
          "before PostgreSQL 17 writers can be held only by who may write (--hold-writers); without it a checkpoint waits for a moment in which nobody commits",
        ]
      : []),
    "names of schemas are held, and a snapshot that overflowed is noticed, only for a superuser",
    "`ops migrate`, `ops restore --swap` and `ops sandbox` change things, and need the roles that own them",
  ];
}
