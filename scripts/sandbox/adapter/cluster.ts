// The sandbox's PostgreSQL cluster: made, started, stopped, killed.

import { lstat, realpath, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import { poll } from "../../core/poll";
import { accountFor, ourselves } from "../../machine/account";
import type { Host, RunResult } from "../../machine/port";
import { readForeign } from "../../machine/records";
import { changeMode, identifyDirectory } from "../../machine/tree";
import { type Layout, PORT, SUPERUSER } from "../layout";
import { configuration, LOAD_SETTINGS } from "./cluster-settings";
import {
  descendants,
  gone,
  occupied,
  processes,
  processOf,
  type RunningProcess,
  runsAs,
  send,
  worksIn,
} from "./processes";

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

export function createCluster(host: Host, clock: Clock, layout: Layout, user: string): Cluster {
  return new PostgresCluster(host, clock, layout, user);
}

class PostgresCluster implements Cluster {
  private readonly pidFile: string;

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly layout: Layout,
    private readonly user: string,
  ) {
    this.pidFile = path.join(layout.data, "postmaster.pid");
  }

  async create(): Promise<void> {
    const { host, layout, user } = this;
    const settings = ["--data-checksums", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"];
    await host.makeDirectory(layout.data, { user, mode: 0o700 });
    // `trust` because the 0700 socket directory already decides who may come in, and no password is one less to leak.
    await this.must("initdb", ["-D", layout.data, `--username=${SUPERUSER}`, "--auth=trust", ...settings]);
    const archiver = await host.program("pgbackrest");
    const written = { user, mode: 0o600 };
    await host.writeText(path.join(layout.data, "postgresql.conf"), configuration(layout, archiver), written);
    await host.writeText(path.join(layout.data, "pg_hba.conf"), "local all all trust\n", written);
  }

  async start(mode: "load" | "serve"): Promise<void> {
    const found = await this.postmaster();
    if (found) return this.awaken(found);
    await this.restoreWal();
    await this.prepareSocket();
    const { data, serverLog } = this.layout;
    const settings = Object.entries(mode === "load" ? LOAD_SETTINGS : {}).map(
      ([name, value]) => `-c ${name}=${value}`,
    );
    const args = ["-D", data, "-l", serverLog, "-w", "-t", String(START_SECONDS)];
    for (let attempt = 1; ; attempt++) {
      await this.dropStaleLock();
      try {
        return await this.must("pg_ctl", [...args, "-o", settings.join(" "), "start"]);
      } catch (error) {
        // Children of a killed server hold its shared memory for a moment longer; the next server refuses until then.
        if (attempt === START_ATTEMPTS) throw error;
        await this.clock.sleep(1);
      }
    }
  }

  async stop(mode: "fast" | "immediate"): Promise<void> {
    if (await this.running())
      await this.must("pg_ctl", [
        "-D",
        this.layout.data,
        "-m",
        mode,
        "-w",
        "-t",
        String(START_SECONDS),
        "stop",
      ]);
    const asynchronous = await this.leftovers();
    if (mode === "immediate") for (const one of asynchronous) send(one.pid, "SIGKILL");
    await gone(asynchronous, 30);
  }

  async running(): Promise<boolean> {
    return (await this.postmaster()) !== undefined;
  }

  async sync(): Promise<void> {
    await this.must("initdb", ["-D", this.layout.data, "--sync-only"]);
  }

  async identifier(): Promise<string | undefined> {
    const { data } = this.layout;
    if (!(await this.host.exists(path.join(data, "global", "pg_control")))) return undefined;
    const { stdout } = await this.run("pg_controldata", ["-D", data]);
    return /^Database system identifier:\s+(\d+)$/m.exec(stdout)?.[1];
  }

  async kill(): Promise<void> {
    const server = await this.postmaster();
    if (!server) return;
    send(server.pid, "SIGSTOP"); // a stopped postmaster forks no child that the list would miss
    const all = [...descendants(server.pid), ...(await this.leftovers()), server];
    for (const one of all) send(one.pid, "SIGKILL");
    if (!(await gone(all, 10)))
      throw new OpsError("timeout", "the sandbox's server survived SIGKILL for 10 s");
  }

  async loseWal(): Promise<void> {
    const wal = path.join(this.layout.data, "pg_wal");
    if (!identifyDirectory(wal))
      throw new OpsError("proofs", `${wal} is no directory, or a link`, {
        expected: "the directory that initdb made",
        todo: "nothing was touched; remove the sandbox and make another one",
      });
    await rename(wal, this.layout.lostWal);
    await changeMode(this.layout.lostWal, 0);
  }

  private async run(program: string, args: readonly string[]): Promise<RunResult> {
    return this.host.run(await this.host.program(program), args, {
      user: this.user,
      env: { LC_ALL: "C" },
      timeoutSeconds: START_SECONDS + 30,
    });
  }

  /** @throws OpsError unavailable */
  private async must(program: string, args: readonly string[]): Promise<void> {
    const result = await this.run(program, args);
    if (result.exitCode === 0) return;
    const { serverLog, directory } = this.layout;
    throw new OpsError("unavailable", `${program}: ${(result.stderr || result.stdout).trim().slice(-500)}`, {
      todo: `see ${serverLog}; if the account ${this.user} cannot reach ${directory}, give its parents o+x`,
    });
  }

  /**
   * Not by `pg_ctl status`: it believes a zombie, and a stranger who got the pid of a dead server. The pid file is the server's own and
   * says what it likes: a process is believed to be the server when it runs as its account, in the data directory.
   */
  private async postmaster(): Promise<RunningProcess | undefined> {
    const found = processOf(Number.parseInt((await readForeign(this.pidFile)) ?? "", 10));
    if (!found?.command.includes(this.layout.data) || !(await this.isTheirs(found))) return undefined;
    const data = await realpath(this.layout.data).catch(() => undefined);
    return data !== undefined && worksIn(found.pid, data) !== false ? found : undefined;
  }

  private async isTheirs({ pid }: RunningProcess): Promise<boolean> {
    const { uid } = (await accountFor(this.user)) ?? ourselves();
    return runsAs(pid, uid);
  }

  /**
   * In a container whose first process reaps nobody a killed server stays a zombie, and PostgreSQL, seeing the pid of its
   * lock file in use, would refuse to start for ever. Only where it is certain that no process works on the data.
   */
  private async dropStaleLock(): Promise<void> {
    if (!(await this.running()) && occupied(await realpath(this.layout.data)) === false)
      await rm(this.pidFile, { force: true });
  }

  /** Trust on the socket means: whoever gets into this directory is superuser. Nobody but the owner may. */
  private async prepareSocket(): Promise<void> {
    const { layout } = this;
    await this.host.makeDirectory(layout.socket, { user: this.user, mode: 0o700 });
    const [socket, data] = await Promise.all([lstat(layout.socket), lstat(layout.data)]);
    if (socket.uid === data.uid && (socket.mode & 0o077) === 0) return;
    throw new OpsError("directory", `${layout.socket} belongs to or is open to somebody else`, {
      expected: `mode 0700, owned by the owner of ${layout.data}`,
      todo: "remove it, or configure another socket directory",
    });
  }

  private async restoreWal(): Promise<void> {
    const { data, lostWal } = this.layout;
    if (!(await this.host.exists(lostWal))) return;
    await changeMode(lostWal, 0o700);
    await rename(lostWal, path.join(data, "pg_wal"));
  }

  /** A drill killed at the wrong moment leaves the server stopped by a signal, or still recovering from its death. */
  private async awaken(server: RunningProcess): Promise<void> {
    const { socket, serverLog } = this.layout;
    send(server.pid, "SIGCONT");
    const answers = await poll({ clock: this.clock, every: 0.1, within: START_SECONDS }, async () => {
      const asked = await this.run("pg_isready", ["-h", socket, "-p", String(PORT), "-t", "5"]);
      return asked.exitCode === 0 || undefined;
    });
    if (answers) return;
    throw new OpsError("unavailable", `the sandbox's server (pid ${server.pid}) does not answer`, {
      expected: `an answer on ${socket} within ${START_SECONDS} s`,
      todo: `see ${serverLog}`,
    });
  }

  private async leftovers(): Promise<RunningProcess[]> {
    const { config } = this.layout.backrest;
    const named = processes().filter(
      ({ command }) => command.includes("archive-push") && command.includes(config),
    );
    const theirs = await Promise.all(named.map((one) => this.isTheirs(one)));
    return named.filter((_, index) => theirs[index]);
  }
}
