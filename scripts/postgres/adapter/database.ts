// A PostgreSQL server that can be asked: sessions through `pg`, schema through `pg_dump`. Knows nothing of backups or containers.
import { readFile } from "node:fs/promises";
import { codeOf, OpsError } from "../../core/errors";
import type { Container } from "../../isolation/port";
import type { Host, RunOptions, RunResult } from "../../machine/port";
import type { Database, Session } from "../port";
import { createArchives } from "./archive";

export interface Address {
  /** Socket directory or host name. */
  host: string;
  port: number;
  user: string;
  maintenance: string;
  passwordFile?: string | undefined;
}

/**
 * Settings under which values are read, so that the same bytes print and hash the same on every machine.
 * `search_path` keeps a user's function from shadowing one of ours; `row_security=off` raises instead of hiding rows.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  datestyle: "ISO,YMD",
  timezone: "UTC",
  intervalstyle: "iso_8601",
  bytea_output: "hex",
  extra_float_digits: "1",
  lc_monetary: "C",
  xmlbinary: "base64",
  search_path: "pg_catalog",
  row_security: "off",
  jit: "off",
  // What an operator set for a role or a database is meant for applications. Limits of ours are set where they are needed,
  // and a transaction that does not say otherwise must see what others commit meanwhile.
  default_transaction_isolation: "read committed",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  // When ops was killed the server ends what it still ran for it, instead of reading on for hours.
  client_connection_check_interval: "1s",
  application_name: "ops",
};

/** Timestamps stay text with microseconds; a JavaScript Date would round them. */
const AS_TEXT = ["TIMESTAMP", "TIMESTAMPTZ", "DATE"] as const;

export interface DatabaseOptions {
  /** Where PostgreSQL's own programs run; default: on the host. */
  runner?: Container;
  /** Cuts every session when it is aborted: a long query must not hold up an interrupted job. */
  signal?: AbortSignal | undefined;
}

export function createDatabase(
  host: Host,
  address: Address,
  { runner, signal }: DatabaseOptions = {},
): Database {
  const options = Object.entries(SETTINGS)
    .map(([name, value]) => `-c ${name}=${value.replaceAll(" ", "\\ ")}`)
    .join(" ");

  const session = async (database: string): Promise<Session> => {
    // Loaded with the first session: most commands open none.
    const { Client, types } = await import("pg");
    const asText = new Set<number>(AS_TEXT.map((name) => types.builtins[name]));
    const client = new Client({
      host: address.host,
      port: address.port,
      user: address.user,
      database,
      options,
      connectionTimeoutMillis: 10_000,
      ...(address.passwordFile ? { password: (await readFile(address.passwordFile, "utf8")).trim() } : {}),
      types: {
        getTypeParser: (oid: number, format?: "text" | "binary") =>
          asText.has(oid) ? (value: string) => value : types.getTypeParser(oid, format as "text"),
      },
    });
    // A server that goes away is reported by the next query; without a listener it would end the process.
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (cause) {
      await client.end().catch(() => {});
      throw new OpsError("unavailable", `no connection to ${where(address)}/${database}: ${message(cause)}`, {
        expected: "a PostgreSQL server that accepts connections there",
        todo: "start it (for the sandbox: `ops sandbox up`) or correct `database` in the platform file",
        cause,
      });
    }
    const close = (): Promise<void> => client.end().catch(() => {});
    const cut = (): void => void close();
    signal?.addEventListener("abort", cut, { once: true });
    return {
      async query<T>(sql: string, values: readonly unknown[] = []) {
        try {
          return (await client.query(sql, [...values])).rows as T[];
        } catch (error) {
          if (isForbidden(error)) throw forbidden(address, error);
          if (isLost(error)) throw lost(address, error);
          throw isCorrupted(error) ? corrupted(error) : error;
        }
      },
      close() {
        signal?.removeEventListener("abort", cut);
        return close();
      },
    };
  };

  const run = (program: string, args: string[], more: RunOptions): Promise<RunResult> =>
    runner ? runner.run(program, args, more) : host.run(program, args, more);

  const connection = [`--host=${address.host}`, `--port=${address.port}`, `--username=${address.user}`];
  // The bounds of partitions on timestamps print in the session's zone, which differs between source and copy.
  const environment = async () => ({
    PGOPTIONS: options,
    ...(await passwordEnvironment(address.passwordFile)),
  });

  return {
    ...createArchives(host, { args: connection, env: environment, name: connectionName, run }),
    maintenance: address.maintenance,
    address: { host: address.host, port: address.port, user: address.user },
    session,
    async query<T>(database: string, sql: string, values: readonly unknown[] = []) {
      const one = await session(database);
      try {
        return (await one.query(sql, values)) as T[];
      } finally {
        await one.close();
      }
    },
    async dumpSchema(database, snapshot) {
      const args = ["--schema-only", "--create", "--no-password", ...connection];
      if (snapshot) args.push(`--snapshot=${snapshot}`);
      const command = [...args, connectionName(database)];
      const result = await run(await host.program("pg_dump"), command, { env: await environment() });
      if (result.exitCode !== 0) {
        throw new OpsError(
          "unavailable",
          `pg_dump of ${database} failed: ${result.stderr.trim().slice(0, 500)}`,
        );
      }
      return result.stdout;
    },
    async dumpRoles() {
      const args = ["--roles-only", "--no-role-passwords", "--no-password", ...connection];
      args.push(`--database=${address.maintenance}`);
      const result = await run(await host.program("pg_dumpall"), args, { env: await environment() });
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

/** insufficient_privilege, whatever the statement was. */
function isForbidden(error: unknown): error is Error {
  return codeOf(error) === "42501";
}

/** The server shut down, crashed or was killed under the query: classes 08 and 57P, or no answer at all. */
function isLost(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return (
    /^(08|57P0)|^(ECONNRESET|EPIPE)$/.test(codeOf(error)) ||
    /^Connection terminated|not queryable/.test(error.message)
  );
}

function lost(address: Address, error: Error): OpsError {
  return new OpsError("unavailable", `the connection to ${where(address)} was lost: ${error.message}`, {
    expected: "a server that runs until the job has ended",
    todo: "read the server's log; somebody stopped it, or the system killed it (out of memory?)",
    cause: error,
  });
}

function forbidden(address: Address, error: Error): OpsError {
  return new OpsError("unavailable", `${address.user} may not: ${error.message}`, {
    expected:
      "a superuser, or a role with pg_monitor, pg_read_all_data, pg_write_all_data (to hold writers) and BYPASSRLS",
    todo: "grant what is missing, or name another `database.user` in the platform file",
    cause: error,
  });
}

/** data_corrupted, index_corrupted: what PostgreSQL itself says of its files. */
function isCorrupted(error: unknown): error is Error {
  return ["XX001", "XX002"].includes(codeOf(error));
}

function corrupted(error: Error): OpsError {
  return new OpsError("fail", `PostgreSQL found damaged data: ${error.message}`, {
    expected: "pages and indexes that can be read",
    todo: "do not rely on this data; restore an earlier backup and find out which disk or memory is failing",
    cause: error,
  });
}

function where(address: Address): string {
  return `${address.user}@${address.host}:${address.port}`;
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
