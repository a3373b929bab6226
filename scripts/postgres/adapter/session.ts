// One session with a PostgreSQL server, through `pg`: settings under which values are read, and errors said in words.
import { setMaxListeners } from "node:events";
import { readFile } from "node:fs/promises";
import type { Client } from "pg";
import { codeOf, OpsError } from "../../core/errors";
import type { Session } from "../port";
import { copySocket } from "./copy-socket";
import { forgetVariables } from "./environment";
import { obstacleOf } from "./sqlstate";
import { tookTooLong } from "./too-long";

export interface Address {
  /** Socket directory or host name. */
  host: string;
  port: number;
  user: string;
  maintenance: string;
  passwordFile?: string | undefined;
  /** More of libpq's `options`, over ours. */
  options?: string | undefined;
  /** Of a copy's server: uid that its socket must belong to. */
  socketOwner?: number | undefined;
  /** Longest that a statement may take, seconds; default no limit of ours. */
  limitSeconds?: number | undefined;
}

/** A server whose process hears nothing any more (a loop in a language of its own) is given up so much later, seconds. */
const DEAF_SECONDS = 10;

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
  default_transaction_read_only: "off",
  default_transaction_deferrable: "off",
  // The owner of a database may set these for it, and then what we say would mean something else, or be said as somebody else.
  role: "none",
  standard_conforming_strings: "on",
  backslash_quote: "safe_encoding",
  quote_all_identifiers: "off",
  transform_null_equals: "off",
  array_nulls: "on",
  local_preload_libraries: "",
  // Else the planner simplifies the CHECK constraints of a table, and calls functions of its owner to do so.
  constraint_exclusion: "off",
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  // When ops was killed the server ends what it still ran for it, instead of reading on for hours.
  client_connection_check_interval: "1s",
  application_name: "ops",
};

/** Timestamps stay text with microseconds; a JavaScript Date would round them. */
const AS_TEXT = ["TIMESTAMP", "TIMESTAMPTZ", "DATE"] as const;

/** The settings as an argument of libpq's `options`, and of PGOPTIONS. */
export const SESSION_OPTIONS = Object.entries(SETTINGS)
  .map(([name, value]) => `-c ${name}=${value.replaceAll(" ", "\\ ")}`)
  .join(" ");

/**
 * @param signal cuts the session when it is aborted
 * @throws OpsError unavailable
 */
export async function openSession(
  address: Address,
  database: string,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const client = await connect(address, database);
  const close = (): Promise<void> => client.end().catch(() => {});
  const cut = (): void => void close();
  if (signal) setMaxListeners(0, signal); // one for each session that is open, however many they are
  signal?.addEventListener("abort", cut, { once: true });
  const { limitSeconds } = address;
  const said = (error: unknown, since: number): unknown => {
    if (limitSeconds !== undefined && performance.now() - since >= limitSeconds * 1000)
      return tookTooLong("a statement", limitSeconds);
    if (isForbidden(error)) return forbidden(address, error);
    if (isLost(error)) return lost(address, error);
    return obstacleOf(error) ?? error;
  };
  return {
    pid: pidOf(client),
    async query<T>(sql: string, values: readonly unknown[] = []) {
      const since = performance.now();
      try {
        return (await client.query(patient({ text: sql, values: [...values] }, limitSeconds))).rows as T[];
      } catch (error) {
        throw said(error, since);
      }
    },
    async copyOut(sql, onChunk) {
      const { to } = await import("pg-copy-streams");
      const since = performance.now();
      // pg would start a clock for it as for a query, and never stop it: ops would wait for that before it ends.
      const deaf =
        limitSeconds === undefined ? undefined : setTimeout(cut, (limitSeconds + DEAF_SECONDS) * 1000);
      try {
        for await (const chunk of client.query(to(sql))) onChunk(chunk as Buffer);
      } catch (error) {
        throw said(error, since);
      } finally {
        clearTimeout(deaf);
      }
    },
    close() {
      signal?.removeEventListener("abort", cut);
      return close();
    },
  };
}

/** A query that pg gives up when the server does not even hear that its time is up; its types do not know that of one query. */
function patient<Q extends object>(query: Q, limitSeconds: number | undefined): Q {
  return limitSeconds === undefined
    ? query
    : { ...query, query_timeout: (limitSeconds + DEAF_SECONDS) * 1000 };
}

/** Loads `pg` with the first session: most commands open none. @throws OpsError unavailable */
async function connect(address: Address, database: string): Promise<Client> {
  forgetVariables();
  const { Client, types } = await import("pg");
  const asText = new Set<number>(AS_TEXT.map((name) => types.builtins[name]));
  const client = new Client({
    host: address.host,
    port: address.port,
    user: address.user,
    database,
    options: [SESSION_OPTIONS, address.options ?? ""].join(" "),
    connectionTimeoutMillis: 10_000,
    ...(address.socketOwner === undefined ? {} : { stream: () => copySocket(address.socketOwner!) }),
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
    return client;
  } catch (cause) {
    await client.end().catch(() => {});
    throw new OpsError("unavailable", `no connection to ${where(address)}/${database}: ${message(cause)}`, {
      expected: "a PostgreSQL server that accepts connections there",
      todo: /timeout expired/.test(message(cause))
        ? "a server that runs and does not answer may be copying, renaming or dropping this database: run the job again"
        : "start it (for the sandbox: `ops sandbox up`) or correct `database` in the platform file",
      cause,
    });
  }
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
    todo: "read the server's log: it was stopped, or the system killed it (out of memory?)",
    cause: error,
  });
}

function forbidden(address: Address, error: Error): OpsError {
  return new OpsError("unavailable", `${address.user} lacks a privilege: ${error.message}`, {
    expected:
      "a superuser, or a role with pg_monitor, pg_read_all_data, pg_write_all_data (to hold writers) and BYPASSRLS",
    todo: "grant what is missing, or name another `database.user` in the platform file",
    cause: error,
  });
}

/** The server's process for this connection, as it told when it let us in; `@types/pg` does not know it. */
function pidOf(client: Client): number {
  const { processID } = client as Client & { processID?: number | null };
  if (typeof processID !== "number") throw new Error("the server named no process for this connection");
  return processID;
}

function where(address: Address): string {
  return `${address.user}@${address.host}:${address.port}`;
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
