// Migration files, and the two programs that read SQL.
import type { SqlParse } from "./migration";
import type { SquawkFinding } from "./squawk";

export interface MigrationFiles {
  /** The `.sql` files of a directory, sorted; empty when it does not exist. `shown` is the path for people. */
  read(directory: string): Promise<{ name: string; shown: string; bytes: Uint8Array }[]>;
  /** Makes a new file; never replaces one. @returns the path for people. @throws OpsError directory */
  create(directory: string, name: string, text: string): Promise<string>;
  /** PostgreSQL's own grammar. */
  grammar(): Promise<SqlParse>;
  /** Findings of squawk. @throws OpsError missing when it is not installed, unavailable when its answer cannot be read */
  squawk(text: string): Promise<SquawkFinding[]>;
}

export interface MigrateTools {
  migrations: MigrationFiles;
}
