// Starts, finds and stops the workload process.

import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Clock } from "../../core/clock";
import { OpsError } from "../../core/errors";
import { poll } from "../../core/poll";
import { identify } from "../../machine/identity";
import type { Host, ProcessIdentity } from "../../machine/port";
import { parseHeartbeat } from "../heartbeat";
import type { Layout } from "../layout";
import { gone, processOf, type RunningProcess, send } from "./processes";

/** Actions a second besides the heartbeat: enough to write WAL all the time, little enough to leave a core free. */
export const DEFAULT_RATE = 30;
const START_SECONDS = 20;
const STOP_SECONDS = 10;

export interface Workload {
  /** The process, when it runs. */
  find(): Promise<RunningProcess | undefined>;
  /** Returns after its first heartbeat was committed. Idempotent. @throws OpsError unavailable */
  start(): Promise<void>;
  /** SIGTERM, and SIGKILL when that does not help. Idempotent. */
  stop(): Promise<void>;
  /** The last heartbeat whose commit was acknowledged, by this or an earlier workload. */
  lastHeartbeat(): Promise<Date | undefined>;
}

export function createWorkload(host: Host, clock: Clock, layout: Layout, rate = DEFAULT_RATE): Workload {
  const files = layout.workload;
  const text = async (file: string): Promise<string> => (await host.readRecord(file)) ?? "";

  const find: Workload["find"] = async () => {
    const identity = JSON.parse((await text(files.identity)) || "null") as ProcessIdentity | null;
    return identity && (await host.alive(identity)) ? processOf(identity.pid) : undefined;
  };

  const lastHeartbeat: Workload["lastHeartbeat"] = async () => parseHeartbeat(await text(files.heartbeat));

  const stop: Workload["stop"] = async () => {
    const running = await find();
    if (running) {
      send(running.pid, "SIGTERM");
      if (!(await gone([running], STOP_SECONDS))) send(running.pid, "SIGKILL");
      await gone([running], STOP_SECONDS);
    }
    await rm(files.identity, { force: true });
  };

  const launch = (): number => {
    // Resolved from here: the process must start whatever the current directory is.
    const tsx = pathToFileURL(createRequire(__filename).resolve("tsx")).href;
    const log = openSync(files.log, "a", 0o600);
    const args = [
      "--import",
      tsx,
      path.join(__dirname, "workload.ts"),
      layout.directory,
      layout.socket,
      String(rate),
    ];
    const child = spawn(process.execPath, args, { detached: true, stdio: ["ignore", log, log], cwd: "/" });
    child.unref();
    closeSync(log);
    return child.pid ?? 0;
  };

  return {
    find,
    lastHeartbeat,
    stop,
    async start() {
      if (await find()) return;
      const before = await lastHeartbeat();
      const pid = launch();
      await host.writeText(files.identity, JSON.stringify((await identify(pid)) ?? { pid }), { mode: 0o600 });
      const works = await poll({ clock, every: 0.1, within: START_SECONDS }, async () => {
        if (!(await find())) return false;
        const now = await lastHeartbeat();
        return (now && now.getTime() !== before?.getTime()) || undefined;
      });
      if (works?.found) return;
      await stop();
      throw new OpsError("unavailable", "the sandbox's workload committed nothing", {
        expected: `a heartbeat within ${START_SECONDS} s`,
        todo: `see ${files.log}; is the server running? (ops sandbox status)`,
      });
    },
  };
}
