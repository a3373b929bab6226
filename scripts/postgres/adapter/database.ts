// A PostgreSQL server that can be asked: sessions through `pg`, schema through `pg_dump`.
import { readFile } from "node:fs/promises";
import { OpsError } from "../../core/errors";
import type { Container } from "../../isolation/port";
import type { Host, RunOptions, RunResult } from "../../machine/port";
import type { Database, Session } from "../port";
import { createArchives, dumpFailed, LOCK_WAIT } from "./archive";
import { type Address, openSession, SESSION_OPTIONS } from "./session";

export interface DatabaseOptions {
  /** Where PostgreSQL's own programs run; default: on the host. */
  runner?: Container;
  /** Cuts every session when it is aborted: a long query must not hold up an interrupted job. */
  signal?: AbortSignal | undefined;
}

/** @param address its user may be one that has to be found out, once a session is wanted */
export function createDatabase(
  host: Host,
  address: Omit<Address, "user"> & { user: string | (() => Promise<string>) },
  { runner, signal }: DatabaseOptions = {},
): Database {
  const user = async (): Promise<string> =>
    typeof address.user === "string" ? address.user : address.user();
  const session = async (database: string): Promise<Session> =>
    openSession({ ...address, user: await user() }, database, signal);
  const run = (program: string, args: string[], more: RunOptions): Promise<RunResult> =>
    runner ? runner.run(program, args, more) : host.run(program, args, more);

  const connection = async (): Promise<string[]> => [
    `--host=${address.host}`,
    `--port=${address.port}`,
    `--username=${await user()}`,
  ];
  // The bounds of partitions on timestamps print in the session's zone, which differs between source and copy.
  const environment = async () => ({
    PGOPTIONS: [SESSION_OPTIONS, address.options ?? ""].join(" "),
    ...(await passwordEnvironment(address.passwordFile)),
  });

  let known: number | undefined;
  const major = async (): Promise<number> => {
    if (known !== undefined) return known;
    const one = await session(address.maintenance);
    try {
      const sql = "select current_setting('server_version_num') as version";
      const [row] = await one.query<{ version: string }>(sql);
      known = Math.floor(Number(row!.version) / 10_000);
      return known;
    } finally {
      await one.close();
    }
  };
  // Another version's pg_dump writes other text for the same schema, or refuses.
  const program = async (name: string): Promise<string> => host.program(name, await major());

  return {
    ...createArchives(host, { args: connection, env: environment, name: connectionName, program, run }),
    major,
    async requirePrograms() {
      for (const name of ["pg_dump", "pg_restore"]) await program(name);
    },
    maintenance: address.maintenance,
    address: { host: address.host, port: address.port },
    user,
    session,
    async query<T>(database: string, sql: string, values: readonly unknown[] = []) {
      const one = await session(database);
      try {
        return (await one.query(sql, values)) as T[];
      } finally {
        await one.close();
      }
    },
    async dumpSchema(database, snapshot, signal) {
      const args = ["--format=custom", "--schema-only", "--no-password", LOCK_WAIT, ...(await connection())];
      if (snapshot) args.push(`--snapshot=${snapshot}`);
      const command = [...args, connectionName(database)];
      const archive: Buffer[] = [];
      const onBytes = (part: Buffer): void => void archive.push(part);
      const more = { env: await environment(), onBytes, ...(signal ? { signal } : {}) };
      const result = await run(await program("pg_dump"), command, more);
      if (result.exitCode !== 0) dumpFailed(database, result);
      return Buffer.concat(archive);
    },
    async dumpRoles() {
      const args = ["--roles-only", "--no-role-passwords", "--no-password", ...(await connection())];
      args.push(`--database=${address.maintenance}`);
      const result = await run(await program("pg_dumpall"), args, { env: await environment() });
      if (result.exitCode !== 0)
        throw new OpsError("unavailable", `pg_dumpall failed: ${result.stderr.trim().slice(0, 500)}`);
      return result.stdout;
    },
  };
}

/** A database name that holds `=` or looks like a URI would be read as a connection string; quoting prevents that. */
function connectionName(database: string): string {
  return `dbname='${database.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

async function passwordEnvironment(file: string | undefined): Promise<Record<string, string>> {
  return file ? { PGPASSWORD: (await readFile(file, "utf8")).trim() } : {};
}
