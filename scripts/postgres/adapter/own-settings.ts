// The settings that govern a copy: ours, and what its control file says that recovery needs. Nothing of the source's plays a part.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { OpsError } from "../../core/errors";
import type { Container } from "../../isolation/port";
import type { Host } from "../../machine/port";
import { NO_ARCHIVING } from "../handed-over";
import type { ServerRequest } from "../port";
import { SINCE_EVENT_TRIGGERS } from "./database";
import { restoreCommand } from "./restore-command";

export const PORT = 5432;

/**
 * Where a copy differs from PostgreSQL's defaults. These do most of the containing: without the source's files nothing is
 * archived, followed, preloaded or run at the end of recovery. Given by `-c`, they also win over what a session on the copy may
 * have written with ALTER SYSTEM.
 */
const OWN: Readonly<Record<string, string>> = {
  listen_addresses: "",
  port: String(PORT),
  hot_standby: "on",
  // Subscriptions are data, not configuration: a copy would follow them.
  max_logical_replication_workers: "0",
  // That WAL demands more than a copy was given is a warning. Statements may hold personal data.
  log_min_messages: "warning",
  log_min_error_statement: "panic",
  // What is read out of the log is read in English.
  lc_messages: "C",
  timezone: "UTC",
  log_timezone: "UTC",
  log_line_prefix: "%m [%p] ",
  unix_socket_permissions: "0700",
  huge_pages: "off",
  shared_buffers: "128MB",
  maintenance_work_mem: "256MB",
  max_wal_size: "4GB",
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

/** Arguments of `postgres` for a copy. @throws OpsError fail */
export async function ownArguments(
  host: Host,
  request: ServerRequest,
  major: number,
  controldata: string,
): Promise<string[]> {
  const files = await writeConfiguration(host, request);
  const settings: Record<string, string> = {
    ...OWN,
    // A rehearsal of migrations has to meet them; the server otherwise runs none of the source's code by itself.
    ...(major >= SINCE_EVENT_TRIGGERS && !request.eventTriggers ? { event_triggers: "off" } : {}),
    ...(await sourceLimits(request, controldata)),
    ...recoverySettings(request.recovery),
    restore_command: request.walDirectory === undefined ? "" : restoreCommand(request.walDirectory),
    config_file: files.main,
    hba_file: files.hba,
    ident_file: files.ident,
    unix_socket_directories: request.socketDirectory,
    ...request.settings,
  };
  return [
    "-D",
    request.dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

/** At most one target may be named at all: PostgreSQL counts even an empty second one as "multiple recovery targets". */
function recoverySettings({ target, action, timeline }: ServerRequest["recovery"]): Record<string, string> {
  const common = { recovery_target_timeline: String(timeline) };
  if (target.kind === "latest") return common;
  if (target.kind === "lsn")
    return {
      ...common,
      recovery_target_action: action,
      recovery_target_lsn: target.lsn,
      recovery_target_inclusive: "off",
    };
  if (target.kind === "transaction")
    return {
      ...common,
      recovery_target_action: action,
      recovery_target_xid: String(target.xid),
      recovery_target_inclusive: target.inclusive ? "on" : "off",
    };
  return {
    ...common,
    recovery_target_action: action,
    ...(target.kind === "restore-point"
      ? { recovery_target_name: target.name }
      : // Always with a zone: without one PostgreSQL would read it in the server's local time.
        { recovery_target_time: target.at.toISOString().replace("Z", "+00:00") }),
  };
}

/** Beside the log; the data directory keeps the source's own, which nobody reads. */
async function writeConfiguration(
  host: Host,
  request: ServerRequest,
): Promise<Record<"main" | "hba" | "ident", string>> {
  const directory = path.dirname(request.logFile);
  const files = {
    main: ["postgresql.conf", "# Everything is given on the command line.\n"],
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

/** What the control file says now: recovery writes into it what WAL demands, before it complains. @throws OpsError fail */
async function sourceLimits(
  { container, dataDirectory }: Pick<ServerRequest, "container" | "dataDirectory">,
  controldata: string,
): Promise<Record<string, string>> {
  const result = await container.run(controldata, ["-D", dataDirectory], { env: { LC_ALL: "C" } });
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

/** Inside the data directory: where the source's own files wait until a copy is handed over. PostgreSQL does not look there. */
const ASIDE = "ops-source-settings";

/**
 * What PostgreSQL reads in a data directory whatever `config_file` says, and what would stop it or make it a standby. Inside the
 * container, as the copy's own user: nothing of a copy is opened from outside. A second time (the copy was stopped and goes
 * on) what was written meanwhile is no setting of the source's, and goes.
 */
const SET_ASIDE = `cd -- "$1" || exit 1
for file in postgresql.auto.conf recovery.conf standby.signal; do
  [ -e "$file" ] || [ -L "$file" ] || continue
  mkdir -p -m 700 ${ASIDE} || exit 1
  if [ -e "${ASIDE}/$file" ] || [ -L "${ASIDE}/$file" ]; then rm -rf -- "$file"; else mv -- "$file" "${ASIDE}/$file"; fi || exit 1
done`;

/** Makes the files that govern a data directory ours. @throws OpsError fail */
export async function setAside(container: Container, dataDirectory: string): Promise<void> {
  await script(container, SET_ASIDE, [dataDirectory]);
}

const GIVE_BACK = `cd -- "$1" || exit 1
[ -d ${ASIDE} ] || exit 0
rm -f -- postgresql.auto.conf standby.signal
for file in postgresql.auto.conf recovery.conf; do
  [ -e "${ASIDE}/$file" ] || continue
  mv -- "${ASIDE}/$file" "$file" || exit 1
done
rm -rf -- ${ASIDE}
printf '%s' "$2" >> postgresql.auto.conf`;

/**
 * Puts the source's own settings back into a stopped copy that is handed over: they are the user's. One is added: no archiving.
 * Nothing happens where none were set aside. @throws OpsError fail
 */
export async function giveBack(container: Container, dataDirectory: string): Promise<void> {
  await script(container, GIVE_BACK, [dataDirectory, NO_ARCHIVING]);
}

async function script(container: Container, text: string, args: readonly string[]): Promise<void> {
  const result = await container.run("/bin/sh", ["-c", text, "sh", ...args]);
  if (result.exitCode === 0) return;
  throw new OpsError("fail", `the settings in ${args[0]} cannot be replaced: ${result.stderr.trim()}`, {
    expected: "a data directory that the copy's own user may write",
    todo: "restore again; if it repeats, look at the owner and mode of the files in the backup",
  });
}
