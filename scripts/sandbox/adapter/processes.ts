// Which processes run, and who started them: needed to kill a whole server at once and to find a workload again.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../core/errors";

export interface RunningProcess {
  pid: number;
  parent: number;
  /** Opaque; the same for the whole life of a process, so that a reused pid is not mistaken for it. */
  startTime: string;
  command: string;
}

/** Every process of the machine except the dead ones that nobody has waited for. */
export function processes(): RunningProcess[] {
  return existsSync("/proc/self/stat") ? processesOfProc() : processesOfPs();
}

function processesOfProc(): RunningProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        // The command in parentheses may itself hold spaces and parentheses; what follows the last one does not.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        if (fields[0] === "Z" || fields[0] === "X") return [];
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return [{ pid: Number(name), parent: Number(fields[1]), startTime: fields[19] ?? "", command }];
      } catch {
        return []; // gone between listing and reading
      }
    });
}

/** For systems without /proc. */
export function processesOfPs(): RunningProcess[] {
  const output = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,stat=,lstart=,command="], {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C" },
  });
  return output.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/.exec(line);
    if (!match || match[3]?.startsWith("Z")) return [];
    return [
      { pid: Number(match[1]), parent: Number(match[2]), startTime: match[4] ?? "", command: match[5] ?? "" },
    ];
  });
}

export function processOf(pid: number): RunningProcess | undefined {
  return processes().find((entry) => entry.pid === pid);
}

/** Real, effective and saved: a program that became somebody else is not whose it was. True where the system does not tell. */
export function runsAs(pid: number, uid: number): boolean {
  if (!existsSync("/proc/self/status")) return true;
  try {
    const ids = /^Uid:\s+(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]?.split(/\s+/) ?? [];
    return ids.length > 0 && ids.every((id) => Number(id) === uid);
  } catch {
    return false; // gone
  }
}

/** Whether a process has this directory as its current one; undefined where the system does not tell. */
export function worksIn(pid: number, directory: string): boolean | undefined {
  if (!existsSync("/proc/self/cwd")) return undefined;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === directory;
  } catch {
    return false; // gone, or somebody else's
  }
}

/** Whether a living process has `directory` as its current one; undefined where the system does not tell. */
export function occupied(directory: string): boolean | undefined {
  if (!existsSync("/proc/self/cwd")) return undefined;
  return processes().some(({ pid }) => worksIn(pid, directory));
}

export function same(
  a: { pid: number; startTime: string },
  b: { pid: number; startTime: string } | undefined,
): boolean {
  return a.pid === b?.pid && a.startTime === b.startTime;
}

/** Children, grandchildren and so on, without the ancestor itself. */
export function descendants(
  ancestor: number,
  all: readonly RunningProcess[] = processes(),
): RunningProcess[] {
  const children = all.filter((entry) => entry.parent === ancestor && entry.pid !== ancestor);
  return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** A signal to a process that may be gone by now. */
export function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** True when all of them are gone within the time. */
export async function gone(these: readonly RunningProcess[], seconds: number): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const left = processes();
    if (!these.some((one) => left.some((entry) => same(one, entry)))) return true;
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
}
