// One writer at a time, across processes: a lock file that is taken over when its holder is dead. Knows nothing of ledgers.
import { randomUUID } from "node:crypto";
import { link, readFile, readlink, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf, OpsError } from "../../core/errors";

interface Holder {
  /** Machine and pid namespace: a pid says nothing anywhere else. */
  host: string;
  boot: string;
  pid: number;
  /** Tells a process from a later one with the same pid; empty where the system does not say. */
  startTime: string;
  since: string;
  /** Tells two acquisitions of one process apart. */
  id: string;
}

const orEmpty = (): string => "";

async function startTimeOf(pid: number | "self"): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(orEmpty);
  // The name, in parentheses, may hold anything; field 22 is counted from behind it.
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

async function ourselves(): Promise<Holder> {
  return {
    host: `${hostname()} ${await readlink("/proc/self/ns/pid").catch(orEmpty)}`.trim(),
    boot: (await readFile("/proc/sys/kernel/random/boot_id", "utf8").catch(orEmpty)).trim(),
    pid: process.pid,
    startTime: await startTimeOf("self"),
    since: new Date().toISOString(),
    id: randomUUID(),
  };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

/** Dead beyond doubt. A holder on another machine, or one that cannot be read, is never that. */
async function isDead(holder: Holder | undefined, us: Holder): Promise<boolean> {
  if (!holder || holder.host !== us.host) return false;
  if (holder.boot !== us.boot) return true;
  return (
    !exists(holder.pid) || (holder.startTime !== "" && holder.startTime !== (await startTimeOf(holder.pid)))
  );
}

async function holderOf(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** True when the lock is ours now. The file appears with its content, so nobody ever reads half a holder. */
async function attempt(file: string, us: Holder): Promise<boolean> {
  const beside = `${file}.${us.id}`;
  await writeFile(beside, JSON.stringify(us), { mode: 0o644 });
  try {
    await link(beside, file);
    return true;
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    await unlink(beside);
  }
  const holder = await holderOf(file);
  return (await isDead(holder, us)) && takeOver(file, holder!, us);
}

/**
 * Of all who see the same dead holder one may replace it: the one that holds the lock's own lock. It looks again, because
 * another may have been first; while it holds that, nobody else can change a lock whose holder is dead.
 */
async function takeOver(file: string, dead: Holder, us: Holder): Promise<boolean> {
  const guard = `${file}.takeover`;
  if (!(await attempt(guard, us))) return false;
  try {
    if ((await holderOf(file))?.id !== dead.id) return false;
    const beside = `${file}.${us.id}`;
    await writeFile(beside, JSON.stringify(us), { mode: 0o644 });
    await rename(beside, file);
    return true;
  } finally {
    await unlink(guard);
  }
}

/**
 * Waits for the lock and takes it.
 * @param timeoutSeconds how long to wait for another holder, default 30 (an append takes some 10 ms)
 * @returns how to release it
 * @throws OpsError evidence; whatever the file system refuses
 */
export async function lock(file: string, timeoutSeconds = 30): Promise<() => Promise<void>> {
  const us = await ourselves();
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (!(await attempt(file, us))) {
    if (performance.now() > deadline) throw held(file, await holderOf(file), timeoutSeconds);
    await sleep(5 + Math.random() * 20);
  }
  return () => unlink(file);
}

function held(file: string, holder: Holder | undefined, seconds: number): OpsError {
  const who = holder ? `process ${holder.pid} on ${holder.host} since ${holder.since}` : "an unknown process";
  return new OpsError("evidence", `the evidence ledger has been locked by ${who}; waited ${seconds} s`, {
    expected: "an append to take well under a second",
    todo: `when that process is gone for certain, remove ${file}`,
  });
}
