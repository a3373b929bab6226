// The sandbox's PostgreSQL cluster: made, started, stopped, killed. Knows nothing of its content and of backups' content.

import { chmod, lstat, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import { poll } from "../../core/poll";
import type { Host, RunResult } from "../../machine/port";
import { type Layout, PORT, STANZA, SUPERUSER } from "../layout";
import { descendants, gone, occupied, processes, processOf, type RunningProcess, send } from "./processes";

export interface Cluster {
  create(): Promise<void>;
  /** `load` is for filling only: nothing is flushed or archived, a crash loses the cluster. Idempotent. */
  start(mode: "load" | "serve"): Promise<void>;
  stop(mode: "fast" | "immediate"): Promise<void>;
  running(): Promise<boolean>;
  /** Flushes all files to disk after a load. The server must be stopped. */
  sync(): Promise<void>;
  /** System identifier read from the files; undefined when there is no cluster. */
  identifier(): Promise<string | undefined>;
  /** SIGKILL to the server, its children and the archiver's processes, all at once as in a power cut. */
  kill(): Promise<void>;
  loseWal(): Promise<void>;
}

const START_SECONDS = 120;
const START_ATTEMPTS = 5;

/** WAL waits at most so long for its segment to be archived: this bounds what a total loss can cost (RPO). Seconds. */
const ARCHIVE_TIMEOUT_SECONDS = 10;

/** Without fsync and WAL the load takes half the time; `up` flushes afterwards and starts over if it was interrupted. */
const LOAD_SETTINGS: Readonly<Record<string, string>> = {
  fsync: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  archive_mode: "off",
  autovacuum: "off",
  max_wal_size: "4GB",
  work_mem: "64MB",
  maintenance_work_mem: "256MB",
};

export function createCluster(host: Host, clock: Clock, layout: Layout, user: string): Cluster {
  const run = async (program: string, args: readonly string[]): Promise<RunResult> =>
    host.run(await host.program(program), args, {
      user,
      env: { LC_ALL: "C" },
      timeoutSeconds: START_SECONDS + 30,
    });

  /** @throws OpsError unavailable */
  const must = async (program: string, args: readonly string[]): Promise<void> => {
    const result = await run(program, args);
    if (result.exitCode === 0) return;
    throw new OpsError("unavailable", `${program}: ${(result.stderr || result.stdout).trim().slice(-500)}`, {
      todo: `see ${layout.serverLog}; if the account ${user} cannot reach ${layout.directory}, give its parents o+x`,
    });
  };

  const pidFile = path.join(layout.data, "postmaster.pid");

  /** Not by `pg_ctl status`: it believes a zombie, and a stranger who got the pid of a dead server. */
  const postmaster = async (): Promise<RunningProcess | undefined> => {
    if (!(await host.exists(pidFile))) return undefined;
    const found = processOf(Number.parseInt(await host.readText(pidFile), 10));
    return found?.command.includes(layout.data) ? found : undefined;
  };

  const running = async (): Promise<boolean> => (await postmaster()) !== undefined;

  /**
   * In a container whose first process reaps nobody a killed server stays a zombie, and PostgreSQL, seeing the pid of its
   * lock file in use, would refuse to start for ever. Only where it is certain that no process works on the data.
   */
  const dropStaleLock = async (): Promise<void> => {
    if (!(await running()) && occupied(await realpath(layout.data)) === false)
      await rm(pidFile, { force: true });
  };

  /** Trust on the socket means: whoever gets into this directory is superuser. Nobody but the owner may. */
  const prepareSocket = async (): Promise<void> => {
    await host.makeDirectory(layout.socket, { user, mode: 0o700 });
    const [socket, data] = await Promise.all([lstat(layout.socket), lstat(layout.data)]);
    if (socket.uid === data.uid && (socket.mode & 0o077) === 0) return;
    throw new OpsError("directory", `${layout.socket} belongs to or is open to somebody else`, {
      expected: `mode 0700, owned by the owner of ${layout.data}`,
      todo: "remove it, or configure another socket directory",
    });
  };

  const restoreWal = async (): Promise<void> => {
    if (!(await host.exists(layout.lostWal))) return;
    await chmod(layout.lostWal, 0o700);
    await rename(layout.lostWal, path.join(layout.data, "pg_wal"));
  };

  /** A drill killed at the wrong moment leaves the server stopped by a signal, or still recovering from its death. */
  const awaken = async (server: RunningProcess): Promise<void> => {
    send(server.pid, "SIGCONT");
    const answers = await poll({ clock, every: 0.1, within: START_SECONDS }, async () => {
      const asked = await run("pg_isready", ["-h", layout.socket, "-p", String(PORT), "-t", "5"]);
      return asked.exitCode === 0 || undefined;
    });
    if (answers) return;
    throw new OpsError("unavailable", `the sandbox's server (pid ${server.pid}) does not answer`, {
      expected: `an answer on ${layout.socket} within ${START_SECONDS} s`,
      todo: `see ${layout.serverLog}`,
    });
  };

  const leftovers = () =>
    processes().filter(
      (one) => one.command.includes("archive-push") && one.command.includes(layout.backrest.config),
    );

  const cluster: Cluster = {
    running,

    async create() {
      const settings = [
        "--data-checksums",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
      ];
      // `trust` because the 0700 socket directory already decides who may come in, and no password is one less to leak.
      await must("initdb", ["-D", layout.data, `--username=${SUPERUSER}`, "--auth=trust", ...settings]);
      const archiver = await host.program("pgbackrest");
      await host.writeText(path.join(layout.data, "postgresql.conf"), configuration(layout, archiver), {
        user,
        mode: 0o600,
      });
      await host.writeText(path.join(layout.data, "pg_hba.conf"), "local all all trust\n", {
        user,
        mode: 0o600,
      });
    },

    async start(mode) {
      const found = await postmaster();
      if (found) return awaken(found);
      await restoreWal();
      await prepareSocket();
      const settings = Object.entries(mode === "load" ? LOAD_SETTINGS : {}).map(
        ([name, value]) => `-c ${name}=${value}`,
      );
      const args = ["-D", layout.data, "-l", layout.serverLog, "-w", "-t", String(START_SECONDS)];
      for (let attempt = 1; ; attempt++) {
        await dropStaleLock();
        try {
          return await must("pg_ctl", [...args, "-o", settings.join(" "), "start"]);
        } catch (error) {
          // Children of a killed server hold its shared memory for a moment longer; the next server refuses until then.
          if (attempt === START_ATTEMPTS) throw error;
          await clock.sleep(1);
        }
      }
    },

    async stop(mode) {
      if (await running())
        await must("pg_ctl", ["-D", layout.data, "-m", mode, "-w", "-t", String(START_SECONDS), "stop"]);
      const asynchronous = leftovers();
      if (mode === "immediate") for (const one of asynchronous) send(one.pid, "SIGKILL");
      await gone(asynchronous, 30);
    },

    sync: () => must("initdb", ["-D", layout.data, "--sync-only"]),

    async identifier() {
      if (!(await host.exists(path.join(layout.data, "global", "pg_control")))) return undefined;
      const { stdout } = await run("pg_controldata", ["-D", layout.data]);
      return /^Database system identifier:\s+(\d+)$/m.exec(stdout)?.[1];
    },

    async kill() {
      const server = await postmaster();
      if (!server) return;
      send(server.pid, "SIGSTOP"); // a stopped postmaster forks no child that the list would miss
      const all = [...descendants(server.pid), ...leftovers(), server];
      for (const one of all) send(one.pid, "SIGKILL");
      if (!(await gone(all, 10)))
        throw new OpsError("timeout", "the sandbox's server survived SIGKILL for 10 s");
    },

    async loseWal() {
      await rename(path.join(layout.data, "pg_wal"), layout.lostWal);
      await chmod(layout.lostWal, 0);
    },
  };
  return cluster;
}

function configuration(layout: Layout, archiver: string): string {
  const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  // In archive_command a bare % would be read as a placeholder.
  const command = [archiver, `--config=${layout.backrest.config}`, `--stanza=${STANZA}`, "archive-push"]
    .map(shell)
    .join(" ");
  const settings: Record<string, string> = {
    listen_addresses: "",
    port: String(PORT),
    unix_socket_directories: `"${layout.socket}"`,
    unix_socket_permissions: "0700",
    max_connections: "50",
    shared_buffers: "128MB",
    max_wal_size: "1GB",
    wal_level: "replica",
    archive_mode: "on",
    archive_command: `${command.replaceAll("%", "%%")} "%p"`,
    archive_timeout: `${ARCHIVE_TIMEOUT_SECONDS}s`,
    track_commit_timestamp: "on",
    log_line_prefix: "%m [%p] ",
    log_timezone: "UTC",
    timezone: "Asia/Shanghai",
    lc_messages: "C",
  };
  // Inside quotes PostgreSQL reads a backslash as the beginning of an escape.
  const quoted = (value: string): string => `'${value.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}`);
  return ["# Written by `ops sandbox up`.", ...lines, ""].join("\n");
}
