// A PostgreSQL server that can be asked: sessions through `pg`, schema through `pg_dump`.
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Container } from "../../isolation/port";
import type { Host, RunOptions, RunResult } from "../../machine/port";
import type { Database, Row, Session } from "../port";
import { createArchives } from "./archive";
import { type Address, openSession, SESSION_OPTIONS } from "./session";
import { tookTooLong } from "./too-long";

export interface DatabaseOptions {
  /** Where PostgreSQL's own programs run; default: on the host. */
  runner?: Container;
  /** Cuts every session when it is aborted: a long query must not hold up an interrupted job. */
  signal?: AbortSignal | undefined;
  /** For reading alone: event triggers are switched off where the role may do that, and no statement is endless. Default false. */
  reads?: boolean;
}

/** A snapshot that is held for longer harms the source more than a backup without a checkpoint; as long as a restore may take. */
const LONGEST_READING = "-c statement_timeout=4h";

/** The major version since which event triggers, those on login among them, can be switched off by a superuser. */
export const SINCE_EVENT_TRIGGERS = 17;

interface Server extends Record<string, unknown> {
  major: number;
  superuser: boolean;
}

/** @param address its user may be one that has to be found out, once a session is wanted */
export function createDatabase(
  host: Host,
  address: Omit<Address, "user"> & { user: string | (() => Promise<string>) },
  { runner, signal, reads = false }: DatabaseOptions = {},
): Database {
  const user = async (): Promise<string> =>
    typeof address.user === "string" ? address.user : address.user();
  const open = async (database: string, options?: string): Promise<Session> => {
    const all = [address.options, options].filter((each) => each !== undefined).join(" ");
    return openSession({ ...address, user: await user(), options: all }, database, signal);
  };
  const server = asked(async () => askServer(await open(address.maintenance)));
  const limits = async (): Promise<string | undefined> => {
    if (!reads) return undefined;
    const { major, superuser } = await server();
    const silent = superuser && major >= SINCE_EVENT_TRIGGERS;
    return silent ? `${LONGEST_READING} -c event_triggers=off` : LONGEST_READING;
  };
  const session = async (database: string): Promise<Session> => open(database, await limits());
  const run = async (program: string, args: string[], more: RunOptions): Promise<RunResult> => {
    if (!runner) return host.run(program, args, more);
    const result = await runner.run(program, args, more);
    if (result.timedOut) throw tookTooLong(path.basename(program), runner.limitSeconds);
    return result;
  };

  const connection = async (): Promise<string[]> => [
    `--host=${address.host}`,
    `--port=${address.port}`,
    `--username=${await user()}`,
  ];
  // The bounds of partitions on timestamps print in the session's zone, which differs between source and copy.
  const environment = async () => ({
    PGOPTIONS: [SESSION_OPTIONS, address.options ?? "", (await limits()) ?? ""].join(" "),
    ...(await passwordEnvironment(address.passwordFile)),
  });

  const major = async (): Promise<number> => (await server()).major;
  // Another version's pg_dump writes other text for the same schema, or refuses.
  const program = async (name: string): Promise<string> => host.program(name, await major());

  const query = async <T extends Row>(database: string, sql: string, values: readonly unknown[] = []) => {
    const one = await session(database);
    try {
      return await one.query<T>(sql, values);
    } finally {
      await one.close();
    }
  };
  const encoding = async (database: string): Promise<string> => {
    const [row] = await query<{ encoding: string }>(database, "select getdatabaseencoding() as encoding");
    return row!.encoding;
  };

  return {
    ...createArchives(host, {
      args: connection,
      maintenance: address.maintenance,
      env: environment,
      name: connectionName,
      program,
      run,
      encoding,
    }),
    major,
    async requirePrograms() {
      for (const name of ["pg_dump", "pg_restore"]) await program(name);
    },
    maintenance: address.maintenance,
    address: { host: address.host, port: address.port },
    user,
    session,
    query,
  };
}

/** Remembers an answer, but no failure: a server that still starts is asked again. */
function asked<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

/** Closes the session. */
async function askServer(session: Session): Promise<Server> {
  try {
    const [row] = await session.query<Server>(
      `select current_setting('server_version_num')::int / 10000 as major, current_setting('is_superuser') = 'on' as superuser`,
    );
    return row!;
  } finally {
    await session.close();
  }
}

/** A database name that holds `=` or looks like a URI would be read as a connection string; quoting prevents that. */
function connectionName(database: string): string {
  return `dbname='${database.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

async function passwordEnvironment(file: string | undefined): Promise<Record<string, string>> {
  return file ? { PGPASSWORD: (await readFile(file, "utf8")).trim() } : {};
}
