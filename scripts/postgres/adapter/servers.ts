// Starts PostgreSQL on restored data inside a container, and runs its offline checks.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { OpsError } from "../../core/errors";
import type { Container, ContainerProcess } from "../../isolation/port";
import { accountFor, ourselves } from "../../machine/account";
import type { Host } from "../../machine/port";
import type { Database, RestoredServer, ServerRequest, Servers } from "../port";
import { amcheckFindings } from "./amcheck";
import { archiveContents } from "./archive";
import { createDatabase } from "./database";
import { restoreCommand } from "./restore-command";

const PORT = 5432;

/**
 * What a copy may never do, whatever the source's configuration says: listen on TCP, archive into the live repository,
 * follow a primary, apply subscriptions, run preloaded code (job schedulers live there). `-c` wins over every file.
 */
const CONTAINED: Readonly<Record<string, string>> = {
  listen_addresses: "",
  port: String(PORT),
  archive_mode: "off",
  archive_command: "",
  primary_conninfo: "",
  primary_slot_name: "",
  synchronous_standby_names: "",
  max_logical_replication_workers: "0",
  shared_preload_libraries: "",
  session_preload_libraries: "",
  ssl: "off",
  hot_standby: "on",
  logging_collector: "off",
  log_destination: "stderr",
  log_min_messages: "log",
  lc_messages: "C",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] ",
  external_pid_file: "",
  unix_socket_permissions: "0700",
  unix_socket_group: "",
  huge_pages: "off",
  // A copy is thrown away; losing it in a power cut costs a rerun, waiting for its disk costs every drill.
  fsync: "off",
  full_page_writes: "off",
  autovacuum: "off",
  restart_after_crash: "off",
};

/** Hot standby refuses to start when these are lower than on the source; pg_controldata knows the source's. */
const FROM_CONTROL: Readonly<Record<string, string>> = {
  "max_connections setting": "max_connections",
  "max_worker_processes setting": "max_worker_processes",
  "max_wal_senders setting": "max_wal_senders",
  "max_prepared_xacts setting": "max_prepared_transactions",
  "max_locks_per_xact setting": "max_locks_per_transaction",
  "track_commit_timestamp setting": "track_commit_timestamp",
};

/** @param signal when aborted, all sessions are cut */
export function createServers(host: Host, signal?: AbortSignal): Servers {
  return {
    source: (platform) =>
      createDatabase(
        host,
        { ...platform.database, passwordFile: platform.database.passwordFile },
        { signal },
      ),
    async initialise(container, dataDirectory, superuser) {
      const args = ["-D", dataDirectory, `--username=${superuser}`, "--auth=trust", "--encoding=UTF8"];
      args.push("--locale=C", "--no-sync", "--no-instructions");
      const result = await container.run(await host.program("initdb"), args);
      if (result.exitCode !== 0)
        throw new OpsError(
          "fail",
          `no scratch cluster could be created: ${result.stderr.trim().slice(0, 500)}`,
        );
    },
    start: (request) => start(host, request, signal),
    archiveContents: (container, file) => archiveContents(host, container, file),

    async checksums(container, dataDirectory) {
      const result = await container.run(await host.program("pg_checksums"), [
        "--check",
        "--pgdata",
        dataDirectory,
      ]);
      const text = `${result.stdout}\n${result.stderr}`;
      const bad = Number(/Bad checksums:\s+(\d+)/.exec(text)?.[1] ?? Number.NaN);
      const blocks = Number(/Blocks scanned:\s+(\d+)/.exec(text)?.[1] ?? 0);
      const enabled = !/data checksums are not enabled/.test(text);
      const clean = result.exitCode === 0 && bad === 0 && blocks > 0;
      return { enabled, bad: clean ? 0 : bad || 1, blocks, detail: clean ? "" : text.trim().slice(0, 500) };
    },

    async amcheck(container, server, databases) {
      const { address } = server.database;
      const problems: string[] = [];
      for (const database of databases) {
        const args = [`--host=${address.host}`, `--port=${address.port}`, `--username=${address.user}`];
        args.push(
          "--no-password",
          "--install-missing",
          "--heapallindexed",
          `--maintenance-db=${server.database.maintenance}`,
        );
        args.push("--jobs=2", "--database", escapePattern(database));
        const result = await container.run(await host.program("pg_amcheck"), args);
        const output = `${result.stdout}\n${result.stderr}`;
        if (/extension "amcheck" is not available|could not open extension control/.test(output)) {
          return {
            problems: [],
            available: false,
            detail: "the amcheck extension is not installed on this machine",
          };
        }
        if (result.exitCode === 0) continue;
        const findings = amcheckFindings(output);
        problems.push(...(findings.length > 0 ? findings : [`pg_amcheck exited ${result.exitCode}`]));
      }
      return { problems, available: true, detail: `${databases.length} database(s)` };
    },
  };
}

/** pg_amcheck reads --database as a pattern; double quotes make it literal. */
function escapePattern(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

async function start(
  host: Host,
  request: ServerRequest,
  signal: AbortSignal | undefined,
): Promise<RestoredServer> {
  const { container, dataDirectory, socketDirectory } = request;
  const configuration = await writeConfiguration(host, request);
  const settings: Record<string, string> = {
    ...CONTAINED,
    ...(await sourceLimits(host, container, dataDirectory)),
    ...recoverySettings(request.recovery),
    ...(request.walDirectory === undefined ? {} : { restore_command: restoreCommand(request.walDirectory) }),
    unix_socket_directories: socketDirectory,
    ...request.settings,
  };
  const args = [
    "-D",
    dataDirectory,
    "-c",
    `config_file=${configuration.main}`,
    "-c",
    `hba_file=${configuration.hba}`,
  ];
  args.push("-c", `ident_file=${configuration.ident}`);
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
  const said: string[] = [];
  const process = await container.spawn(await host.program("postgres"), args, {
    logFile: request.logFile,
    onLine: (line) => {
      if (isFatal(line) || isStop(line)) said.push(line);
    },
  });
  const { uid: socketOwner } = (await accountFor(container.user)) ?? ourselves();
  const database = createDatabase(
    host,
    { host: socketDirectory, port: PORT, ...request.login, socketOwner },
    { runner: container, signal },
  );
  return restoredServer(database, process, said);
}

/** A process of the server that somebody killed leaves no FATAL; its postmaster mentions the death in a LOG line. */
function isFatal(line: string): boolean {
  return /\b(FATAL|PANIC):|LOG: .* was terminated by signal/.test(line) && !isTurnedAway(line);
}

function isStop(line: string): boolean {
  return /recovery stopping (at|before|after)|redo done at/.test(line);
}

/** While it starts, a server turns clients away with FATAL; that is no failure of recovery. */
function isTurnedAway(line: string): boolean {
  return /the database system is (starting up|not yet accepting connections|shutting down)|terminating (connection|background worker)/.test(
    line,
  );
}

/** @param said what it said so far of its stop and of what ended it; grows */
function restoredServer(
  database: Database,
  process: ContainerProcess,
  said: readonly string[],
): RestoredServer {
  let killedBy: string | null = null;
  void process.exited.then(({ signal }) => {
    killedBy = signal;
  });
  return {
    database,
    running: () => process.running(),
    fatal: () => [
      ...said.filter(isFatal),
      ...(killedBy === null ? [] : [`PANIC: the server was killed by ${killedBy}`]),
    ],
    async recoveryStop() {
      // It was said before the caller could see that recovery stopped, but on another way: what has arrived is read first.
      await setImmediate();
      return said.find(isStop)?.replace(/^.*LOG:\s*/, "");
    },
    async stop(mode) {
      if (!process.running()) return;
      await process.signal(mode === "fast" ? "SIGINT" : "SIGQUIT");
      await process.exited;
    },
  };
}

/** At most one target may be named at all: PostgreSQL counts even an empty second one as "multiple recovery targets". */
function recoverySettings({ target, action, timeline }: ServerRequest["recovery"]): Record<string, string> {
  const common = { recovery_target_timeline: String(timeline), recovery_target_inclusive: "on" };
  if (target.kind === "latest") return common;
  return {
    ...common,
    recovery_target_action: action,
    ...(target.kind === "restore-point"
      ? { recovery_target_name: target.name }
      : // Always with a zone: without one PostgreSQL would read it in the server's local time.
        { recovery_target_time: target.at.toISOString().replace("Z", "+00:00") }),
  };
}

/**
 * A copy never reads the source's postgresql.conf (it may name files and libraries of the source's machine, or hooks);
 * postgresql.auto.conf inside the data directory is still read, for restore_command, and overridden by `-c`.
 */
async function writeConfiguration(
  host: Host,
  request: ServerRequest,
): Promise<Record<"main" | "hba" | "ident", string>> {
  const directory = path.dirname(request.logFile);
  const files = {
    main: ["postgresql.conf", "shared_buffers = 128MB\nmaintenance_work_mem = 256MB\nmax_wal_size = 4GB\n"],
    hba: ["pg_hba.conf", "local all all trust\n"],
    ident: ["pg_ident.conf", ""],
  } as const;
  const paths = {} as Record<"main" | "hba" | "ident", string>;
  for (const key of ["main", "hba", "ident"] as const) {
    const [name, text] = files[key];
    paths[key] = path.join(directory, name);
    await host.writeText(paths[key], text, { user: request.osUser, mode: 0o600 });
  }
  await writeFile(request.logFile, "", { flag: "a" });
  return paths;
}

async function sourceLimits(
  host: Host,
  container: Container,
  dataDirectory: string,
): Promise<Record<string, string>> {
  const result = await container.run(await host.program("pg_controldata"), ["-D", dataDirectory]);
  if (result.exitCode !== 0) {
    throw new OpsError(
      "fail",
      `the restored directory has no readable control file: ${result.stderr.trim()}`,
      {
        expected: "a complete data directory",
        todo: "restore again; if it repeats, the backup is not restorable",
      },
    );
  }
  const limits: Record<string, string> = {};
  for (const line of result.stdout.split("\n")) {
    const [label, value] = line.split(/:\s+/, 2);
    const setting = FROM_CONTROL[label ?? ""];
    if (setting && value) limits[setting] = value.trim();
  }
  return limits;
}
