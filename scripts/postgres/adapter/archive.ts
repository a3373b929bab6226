// pg_dump and pg_restore on archives in the custom format. Nothing of their content passes through this process.
import { OpsError } from "../../core/errors";
import type { Container } from "../../isolation/port";
import type { Host, RunOptions, RunResult } from "../../machine/port";
import { qualified } from "../fingerprint";
import { LetGo } from "../let-go";
import type { Archives, Database, Refusal } from "../port";
import { tookTooLong } from "./too-long";

export interface Connection {
  /** `--host`, `--port`, `--username`; never a password. */
  args: () => Promise<string[]>;
  /** A database to ask cluster-wide questions in. */
  maintenance: string;
  env: () => Promise<Readonly<Record<string, string>>>;
  /** Path of a program of the server's version. */
  program: (name: string) => Promise<string>;
  /** A database's name as a connection string, whatever it holds. */
  name: (database: string) => string;
  run: (program: string, args: string[], options: RunOptions) => Promise<RunResult>;
  /** A database's own encoding, in which an archive is exact; its owner may have set another for clients. */
  encoding: (database: string) => Promise<string>;
}

/**
 * pg_dump queues for its locks. Everything that it reads is held already, so it queues only behind who waits for us, and is stopped
 * with the rest; on a table that is none of those, so long.
 */
export const LOCK_WAIT = "--lock-wait-timeout=2s";

/** @throws LetGo when it had to wait for a lock, OpsError unavailable */
export function dumpFailed(database: string, result: RunResult): never {
  if (/canceling statement due to (statement|lock) timeout/.test(result.stderr))
    throw new LetGo(`pg_dump waited for a table of ${database}`, result.stderr.trim().slice(0, 500));
  throw new OpsError("unavailable", `pg_dump of ${database} failed: ${said(result)}`);
}

/** libpq takes it before the program's own name. */
const called = (name: string | undefined): Record<string, string> => (name ? { PGAPPNAME: name } : {});

const PARTS = {
  "definitions and data": ["--section=pre-data", "--section=data", "--exit-on-error"],
  "constraints and indexes": ["--section=post-data"],
} as const;

type Dumping = Pick<Database, "dumpArchive" | "dumpSchema" | "dumpRoles">;

export function createArchives(host: Host, connection: Connection): Archives & Dumping {
  return { ...dumping(connection), ...loading(host, connection) };
}

function dumping({ args, env, maintenance, name, program, run, encoding }: Connection): Dumping {
  return {
    async dumpArchive(database, file, { only = [], schemaOnly = false, snapshot, name: as, signal } = {}) {
      const options = [
        "--format=custom",
        "--compress=1",
        "--no-password",
        LOCK_WAIT,
        `--encoding=${await encoding(database)}`,
        ...(await args()),
        `--file=${file}`,
      ];
      if (schemaOnly) options.push("--schema-only");
      if (snapshot) options.push(`--snapshot=${snapshot}`);
      for (const table of only) options.push(`--table=${qualified(table)}`);
      const more = { env: { ...(await env()), ...called(as) }, ...(signal ? { signal } : {}) };
      const result = await run(await program("pg_dump"), [...options, name(database)], more);
      if (result.exitCode !== 0) dumpFailed(database, result);
    },

    async dumpSchema(database, { snapshot, name: as, signal } = {}) {
      const options = ["--format=custom", "--schema-only", "--no-password", LOCK_WAIT, ...(await args())];
      options.push(`--encoding=${await encoding(database)}`);
      if (snapshot) options.push(`--snapshot=${snapshot}`);
      const command = [...options, name(database)];
      const archive: Buffer[] = [];
      const onBytes = (part: Buffer): void => void archive.push(part);
      const more = { env: { ...(await env()), ...called(as) }, onBytes, ...(signal ? { signal } : {}) };
      const result = await run(await program("pg_dump"), command, more);
      if (result.exitCode !== 0) dumpFailed(database, result);
      return Buffer.concat(archive);
    },

    async dumpRoles() {
      const options = ["--roles-only", "--no-role-passwords", "--no-password", ...(await args())];
      // Two servers print the same only in one encoding.
      options.push("--encoding=UTF8", `--database=${maintenance}`);
      const script: Buffer[] = [];
      const onBytes = (part: Buffer): void => void script.push(part);
      const result = await run(await program("pg_dumpall"), options, { env: await env(), onBytes });
      if (result.exitCode !== 0)
        throw new OpsError("unavailable", `pg_dumpall failed: ${result.stderr.trim().slice(0, 500)}`);
      return Buffer.concat(script);
    },
  };
}

function loading(host: Host, { args, env, name, program, run }: Connection): Omit<Archives, keyof Dumping> {
  return {
    async runScript(database, file, signal) {
      const options = [
        "--no-psqlrc",
        "--quiet",
        "--set=VERBOSITY=verbose",
        "--no-password",
        ...(await args()),
      ];
      options.push(`--dbname=${name(database)}`, `--file=${file}`);
      const more = { env: await env(), ...(signal ? { signal } : {}) };
      const result = await run(await program("psql"), options, more);
      if (result.exitCode !== 0)
        throw new OpsError("fail", `psql gave up on ${file}: ${result.stderr.trim().slice(-500)}`);
      return refusalsOf(result.stderr);
    },

    async loadArchive(database, file, { entries, part, tablespaces = true, signal }) {
      const options = [...PARTS[part], "--no-password", ...(await args()), `--dbname=${name(database)}`];
      if (!tablespaces) options.push("--no-tablespaces");
      // As a file: a large archive has more entries than a command line takes, and standard input here is a socket.
      const list = `${file}.list`;
      if (entries) {
        await host.writeText(list, entries.map((id) => `${id};\n`).join(""), { mode: 0o600 });
        options.push(`--use-list=${list}`);
      } else options.push("--no-subscriptions");
      options.push(file);
      const more = { env: await env(), ...(signal ? { signal } : {}) };
      const result = await run(await program("pg_restore"), options, more);
      if (entries) await host.removeTree(list);
      const refusals = result.stderr.split("\n").filter((line) => /ERROR:/.test(line));
      if (result.exitCode !== 0 && (refusals.length === 0 || part === "definitions and data")) {
        throw new OpsError("fail", `pg_restore into ${database} failed: ${said(result)}`);
      }
      return refusals.map((line) => line.replace(/^.*ERROR:\s*/, ""));
    },
  };
}

/** One for each statement: a message of several lines may look like more of them, never like fewer. */
export function refusalsOf(stderr: string): Refusal[] {
  return [...stderr.matchAll(/^psql:.*:\d+: (?:ERROR|FATAL): {2}(\w{5}): (.*)$/gm)].map(
    ([, code = "", message = ""]) => ({ code, message }),
  );
}

/** The list of an archive's entries with what they depend on. @throws OpsError fail */
export async function archiveContents(host: Host, container: Container, file: string): Promise<string> {
  const result = await container.run(await host.program("pg_restore"), ["--list", "--verbose", file]);
  if (result.timedOut) throw tookTooLong("pg_restore --list", container.limitSeconds);
  if (result.exitCode !== 0) throw new OpsError("fail", `${file} is no readable archive: ${said(result)}`);
  return result.stdout;
}

function said(result: RunResult): string {
  const errors = result.stderr.split("\n").filter((line) => /error|ERROR|FATAL/.test(line));
  return (errors.join("; ") || result.stderr.trim()).slice(0, 600);
}
