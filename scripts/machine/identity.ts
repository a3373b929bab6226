// Who a process is: a pid may be reused, a pid with its start time may not. Also finds and waits for processes.
import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { codeOf } from "../core/errors";
import type { ProcessIdentity } from "./port";

/** How long `kill` waits for the process to be gone; the kernel may still have much to release. */
const GONE_SECONDS = 10;

/** @returns undefined when no such process runs; one that is dead but not yet waited for does not run */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await statOf(pid);
  if (stat === "no /proc") return identifyByPs(pid);
  return stat ? { pid, startTime: `${await bootId()}:${stat.startTicks}` } : undefined;
}

export async function self(): Promise<ProcessIdentity> {
  const identity = await identify(process.pid);
  if (!identity) throw new Error(`this process (pid ${process.pid}) is not found in the process list`);
  return identity;
}

export async function alive({ pid, startTime, namespace }: ProcessIdentity): Promise<boolean> {
  if ((await identify(pid))?.startTime !== startTime) return false;
  return namespace === undefined || (await pidNamespace(pid)) === namespace;
}

/** `pid:[4026531836]`; undefined when the process is gone, is none of ours, or the system has none. */
export function pidNamespace(pid: number | "self"): Promise<string | undefined> {
  return readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
}

/**
 * The first process of a pid namespace other than ours, which is what a container is recorded by.
 * @returns undefined when it is anything else
 */
export async function identifyInit(pid: number): Promise<ProcessIdentity | undefined> {
  const [identity, namespace] = [await identify(pid), await pidNamespace(pid)];
  if (!identity || namespace === undefined || namespace === (await pidNamespace("self"))) return undefined;
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const own = /^NSpid:.*\s(\d+)$/m.exec(status)?.[1];
  return own === "1" ? { ...identity, namespace } : undefined;
}

/** SIGKILL to the first process of a container, and to nothing else: not by a record without its namespace, not in our own. */
export async function killInit(init: ProcessIdentity): Promise<void> {
  const found = await identifyInit(init.pid);
  if (!found || found.startTime !== init.startTime || found.namespace !== init.namespace) return;
  await kill(init);
}

/** SIGKILL, then waits until it is gone, at most 10 s. */
export async function kill(identity: ProcessIdentity): Promise<void> {
  if (!(await alive(identity))) return;
  sendSignal(identity.pid, "SIGKILL");
  const deadline = performance.now() + GONE_SECONDS * 1000;
  while ((await alive(identity)) && performance.now() < deadline) await sleep(10);
}

/** Nothing happens when the process is gone. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** Pids of the living children of a process; Linux only, empty elsewhere. */
export async function childrenOf(parent: number): Promise<number[]> {
  return (await allStats()).filter(({ stat }) => stat.parent === parent).map(({ pid }) => pid);
}

/** Every process that is not dead; empty where there is no /proc. */
async function allStats(): Promise<{ pid: number; stat: Stat }[]> {
  const pids = (await readdir("/proc").catch(() => [])).map(Number).filter(Number.isInteger);
  const stats = await Promise.all(pids.map(async (pid) => ({ pid, stat: await statOf(pid) })));
  return stats.flatMap(({ pid, stat }) => (typeof stat === "object" ? [{ pid, stat }] : []));
}

/** Is anyone of this process group left? Dead ones that their parent has not waited for do not count. */
export async function groupLives(group: number): Promise<boolean> {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  const stats = await allStats();
  return stats.length === 0 || stats.some(({ stat }) => stat.group === group);
}

interface Stat {
  parent: number;
  group: number;
  startTicks: string;
}

/** Linux's proc(5): fields 3 (state), 4 (parent), 5 (process group) and 22 (start time in ticks since boot). */
async function statOf(pid: number): Promise<Stat | undefined | "no /proc"> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (text === undefined)
    return (await readFile("/proc/self/stat").catch(() => undefined)) ? undefined : "no /proc";
  // The command in parentheses may itself hold spaces and parentheses; what follows the last one does not.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return { parent: Number(fields[1]), group: Number(fields[2]), startTicks: fields[19] ?? "" };
}

/** Ticks count from boot: without it, a process of an earlier boot could be mistaken for one of this. */
async function bootId(): Promise<string> {
  return (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(() => "")).slice(0, 8);
}

/** For systems without /proc. */
export async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  const ps = promisify(execFile)("ps", ["-o", "stat=,lstart=", "-p", String(pid)], {
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  const { stdout } = await ps.catch(() => ({ stdout: "" })); // ps exits 1 when there is no such process
  const [, state = "", startTime = ""] = /^\s*(\S+)\s+(.*\S)/.exec(stdout) ?? [];
  return startTime === "" || state.startsWith("Z") ? undefined : { pid, startTime };
}

/** Children, grandchildren and so on, without the ancestor itself; Linux only, empty elsewhere. */
export async function descendantsOf(ancestor: number): Promise<number[]> {
  const children = await childrenOf(ancestor);
  const deeper = await Promise.all(children.map(descendantsOf));
  return [...children, ...deeper.flat()];
}
