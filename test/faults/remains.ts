// What is left of a run on a ground: processes, mounts in any namespace, copies, sockets; and whether all is well again.
// Looks at the machine itself and not at what ops says of it.
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { Check } from "../../scripts/core/evidence";
import { openLedger } from "../../scripts/evidence/adapter";
import type { LedgerEntry } from "../../scripts/evidence/port";
import { connected } from "../../scripts/sandbox/adapter/connect";
import { descendants, processes, type RunningProcess } from "../../scripts/sandbox/adapter/processes";
import { DATABASE } from "../../scripts/sandbox/layout";
import { type Ended, eventually, type Ground } from "./ops";

/** Processes of ops that may run after it: the sandbox's own server, its archiver and its workload. */
function belongsToSource({ layout }: Ground, all: readonly RunningProcess[]): Set<number> {
  const servers = all.filter(({ command }) => command.includes(` -D ${layout.data}`));
  const archivers = all.filter(
    ({ command }) => command.includes("archive-push") && command.includes(layout.backrest.config),
  );
  const workloads = all.filter(({ command }) => command.includes(`workload.ts ${layout.directory}`));
  const roots = [...servers, ...archivers, ...workloads];
  return new Set([...roots, ...roots.flatMap(({ pid }) => descendants(pid, all))].map(({ pid }) => pid));
}

/** By command line, working directory or mount namespace; a marker in the environment would not reach the children. */
export function runningOn(ground: Ground): RunningProcess[] {
  const all = processes();
  const source = belongsToSource(ground, all);
  const ours = ground.mine();
  return all.filter(({ pid, command }) => {
    if (source.has(pid) || ours.has(pid) || pid === process.pid) return false;
    // What a test mounted itself appears in the namespace of the machine's first process too.
    const mounts = inOurMountNamespace(pid)
      ? []
      : mountsOf(pid).filter((point) => !ground.mounted.has(point));
    return [command, linkOf(pid, "cwd"), ...mounts].some((text) => mentions(ground, text));
  });
}

/** Mount points of the ground, in every mount namespace of the machine; those that a test made itself excepted. */
export function mountsOn(ground: Ground): string[] {
  const seen = new Set<string>();
  const found: string[] = [];
  for (const { pid } of processes()) {
    const namespace = linkOf(pid, "ns/mnt");
    if (namespace === "" || seen.has(namespace)) continue;
    seen.add(namespace);
    for (const point of mountsOf(pid))
      if (mentions(ground, point) && !ground.mounted.has(point)) found.push(`${namespace} ${point}`);
  }
  return found;
}

function linkOf(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return ""; // gone
  }
}

/** Mount points. */
function mountsOf(pid: number): string[] {
  try {
    const lines = readFileSync(`/proc/${pid}/mounts`, "utf8").trimEnd().split("\n");
    return lines.map((line) => unescaped(line.split(" ")[1] ?? ""));
  } catch {
    return []; // gone
  }
}

function inOurMountNamespace(pid: number): boolean {
  return linkOf(pid, "ns/mnt") === linkOf(process.pid, "ns/mnt");
}

function mentions({ base, sockets }: Ground, text: string): boolean {
  return text.includes(base) || text.includes(sockets);
}

/** proc(5): blanks in mount points are written in octal. */
function unescaped(point: string): string {
  return point.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Copies and whatever else lies beside them, without the lock. */
export function copiesOn({ copies }: Ground): string[] {
  return existsSync(copies) ? readdirSync(copies).filter((name) => name !== ".lock") : [];
}

function socketsOn({ sockets, layout }: Ground): string[] {
  const source = path.basename(layout.socket);
  return existsSync(sockets) ? readdirSync(sockets).filter((name) => name !== source) : [];
}

/** After kill -9: nothing runs and nothing is mounted, at once and without anybody's help. */
export async function expectNothingRuns(ground: Ground): Promise<void> {
  const left = (): string[] => [
    ...runningOn(ground).map(({ pid, command }) => `${pid} ${command}`),
    ...mountsOn(ground),
  ];
  await eventually("nothing runs and nothing is mounted", () => left().length === 0, 5).catch(() => {});
  expect(left()).toEqual([]);
}

/** After a run that could clean up: no process, mount, copy or socket is left. */
export async function expectNothingLeft(ground: Ground): Promise<void> {
  await expectNothingRuns(ground);
  expect({ copies: copiesOn(ground), sockets: socketsOn(ground) }).toEqual({ copies: [], sockets: [] });
}

/** The source serves, commits, and holds nothing that a drill injected. */
export async function expectSourceInService(ground: Ground): Promise<void> {
  const beats = async (): Promise<number> =>
    connected(ground.layout, DATABASE, async (client) => {
      const { rows } = await client.query<{ n: string }>("SELECT count(*) AS n FROM ops.heartbeat");
      return Number(rows[0]?.n);
    });
  const before = await beats();
  await eventually("the source commits", async () => (await beats()) > before);
  const { undo } = ground.layout;
  expect(existsSync(undo) ? readdirSync(undo) : []).toEqual([]);
}

/** The ledger as an outsider would check it. */
export async function expectSoundEvidence(ground: Ground): Promise<void> {
  const { code, result } = await ground.ops("evidence", "verify");
  expect({ code, verdict: result.verdict }).toEqual({ code: 0, verdict: "pass" });
}

/** What every survival test ends with: a drill right now is green, leaves nothing, and the source is in service. */
export async function expectGreenDrill(ground: Ground, ...args: string[]): Promise<Ended> {
  const drill = await ground.ops("drill", ...args);
  expect(problemsOf(drill)).toEqual([]);
  expect({ code: drill.code, verdict: drill.result.verdict }).toEqual({ code: 0, verdict: "pass" });
  await expectNothingLeft(ground);
  await expectSourceInService(ground);
  await expectSoundEvidence(ground);
  return drill;
}

/** Everything that a run complained of, so that a red test says why. */
export function problemsOf({ events, result, stderr }: Ended): string[] {
  const judged = (result.checks ?? events.filter(({ type }) => type === "check")) as Partial<Check>[];
  const failed = judged.filter(({ verdict }) => verdict !== "pass" && verdict !== "not-applicable");
  return [...failed.map(({ name, detail }) => `${name}: ${detail}`), ...(stderr === "" ? [] : [stderr])];
}

/** Evidence of the ground, oldest first, read as ops reads it. */
export async function evidenceOn({ home }: Ground): Promise<LedgerEntry[]> {
  const ledger = await openLedger({
    directory: path.join(home, "evidence", "sandbox"),
    heads: path.join(home, "heads"),
    keys: path.join(home, "keys"),
    now: () => new Date(),
  });
  return ledger.entries();
}
