// A Node process that outlives the command which started it, found again by a record in a file. The process itself ends when
// its record is gone, so that nothing is left when a sandbox is removed.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { OpsError } from "../../../core/errors";
import { gone, processOf, same, send } from "../../../sandbox/adapter/processes";

const START_SECONDS = 20;
const STOP_SECONDS = 15;

/** What the process writes into its record once it listens, on loopback. */
export interface DaemonRecord {
  pid: number;
  startTime: string;
  port: number;
}

function readRecord(file: string): Partial<DaemonRecord> | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Partial<DaemonRecord>;
  } catch {
    return undefined; // not there, or being written
  }
}

/** The living process of a record; undefined when there is none. */
export function findDaemon(file: string): DaemonRecord | undefined {
  const { pid, startTime, port } = readRecord(file) ?? {};
  if (pid === undefined || startTime === undefined || port === undefined) return undefined;
  return same({ pid, startTime }, processOf(pid)) ? { pid, startTime, port } : undefined;
}

/**
 * Starts `script` (beside this file) as `script <record> <args…>` and waits until it listens.
 * @throws OpsError unavailable with the end of its log
 */
export async function startDaemon(
  script: string,
  record: string,
  args: readonly string[],
  log: string,
): Promise<DaemonRecord> {
  await rm(record, { force: true });
  const tsx = pathToFileURL(createRequire(__filename).resolve("tsx")).href;
  const output = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, ["--import", tsx, path.join(__dirname, script), record, ...args], {
    detached: true,
    stdio: ["ignore", output, output],
    cwd: "/",
  });
  child.unref();
  closeSync(output);
  const pid = child.pid ?? 0;
  const startTime = processOf(pid)?.startTime ?? "";
  await writeFile(record, JSON.stringify({ pid, startTime }), { mode: 0o600 });
  for (const deadline = performance.now() + START_SECONDS * 1000; performance.now() < deadline; ) {
    const found = findDaemon(record);
    if (found) return found;
    if (!same({ pid, startTime }, processOf(pid))) break;
    await sleep(50);
  }
  send(pid, "SIGKILL");
  throw new OpsError("unavailable", `${script} of the sandbox's rollout did not start`, {
    expected: `it to listen within ${START_SECONDS} s`,
    todo: `see ${log}`,
  });
}

/** Ends it by removing its record and SIGTERM, and SIGKILL when that does not help. Idempotent. */
export async function stopDaemon(file: string): Promise<void> {
  const found = findDaemon(file);
  await rm(file, { force: true });
  const running = found && processOf(found.pid);
  if (!running) return;
  send(running.pid, "SIGTERM");
  if (!(await gone([running], STOP_SECONDS))) send(running.pid, "SIGKILL");
}
