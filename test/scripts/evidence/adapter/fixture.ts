// Ledgers in directories of their own, and programs run on them as other people run them.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, expect } from "vitest";
import { openLedger } from "../../../../scripts/evidence/adapter";
import type { Ledger } from "../../../../scripts/evidence/port";
import { NOON, type Place, placeIn, predicate } from "./place";

export const REPOSITORY = path.resolve(__dirname, "../../../..");
/** Lets `node --require` run sources. */
export const SOURCES = path.join(REPOSITORY, "test/sources.cjs");

const made: string[] = [];
afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/**
 * An empty directory; removed after the file that loaded this module first. For files with a process of their own: where threads
 * are shared (project unit), `temporary` of test/policies/repository.ts is removed with its test.
 */
export function temporary(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "ledger-"));
  made.push(directory);
  return directory;
}

/** Entries on the given days, each with as many artifacts of its own. */
export async function fill(
  place: Place,
  entries: readonly { day: string; artifacts: number }[],
): Promise<Ledger> {
  const clock = { now: NOON };
  const ledger = await openLedger({ ...place.options, now: () => clock.now });
  for (const [number, { day, artifacts }] of entries.entries()) {
    clock.now = new Date(`${day}T12:00:00+08:00`);
    const stored = await Promise.all(
      Array.from({ length: artifacts }, (_, i) =>
        ledger.store(`r${i}`, "text/plain", `report ${i} of ${number}`),
      ),
    );
    await ledger.append(predicate(`job-${number}`, stored));
  }
  return ledger;
}

/** Files of the ledger and its head, relative to `home`. */
export function filesOf(place: Place): string[] {
  const inside = readdirSync(place.directory, { recursive: true })
    .map((name) => path.join(place.directory, String(name)))
    .filter((file) => statSync(file).isFile())
    .map((file) => path.relative(place.home, file));
  return [...inside.sort(), path.relative(place.home, place.head)];
}

/** The place that a finding about this file must name. */
export function placeOf(file: string): string {
  const inside = file.replace("evidence/sandbox/", "");
  const day = path.dirname(inside);
  if (file.startsWith("heads/")) return "head";
  if (inside.endsWith("root.json")) return `day root ${day}`;
  if (inside.startsWith("artifacts/")) return `artifact ${inside}`;
  return `entry ${Number.parseInt(path.basename(inside), 10)} (${inside})`;
}

export interface Run {
  code: number;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** Places of the problems, sorted. */
  places: string[];
}

export function runNode(args: readonly string[]): Promise<Run> {
  return run([process.execPath, ...args]);
}

/** As an account that modes of files bind, which root's is not. */
export function unprivileged(args: readonly string[]): Promise<Run> {
  const bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
  return run([...(process.getuid?.() === 0 ? bound : []), process.execPath, ...args]);
}

function run([program = "", ...args]: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(program, args, (error, stdout, stderr) => {
      const code = error ? Number(error.code ?? -1) : 0;
      resolve({ code, signal: error?.signal ?? null, stdout, stderr, places: placesIn(stdout) });
    });
  });
}

function placesIn(stdout: string): string[] {
  return [...stdout.matchAll(/^PROBLEM {2}(.*)$/gm)].map((match) => match[1] ?? "").sort();
}

/** Appends in a process of its own; see writer.ts. */
export function writer(home: string, job: string, count: number, step = ""): Promise<Run> {
  return runNode(["--require", SOURCES, path.join(__dirname, "writer.ts"), home, job, String(count), step]);
}

export const VERIFIER = path.join(REPOSITORY, "scripts/verify-evidence.mjs");

let thread: Worker | undefined;
let last: Promise<unknown> = Promise.resolve();
afterAll(() => thread?.terminate());

/** The program that outsiders are given, whole and unchanged, in one thread for all of a file's tests; one run after another. */
export async function outsider(place: Place, ...more: string[]): Promise<Run> {
  thread ??= new Worker(path.join(__dirname, "outsider.mjs"), { workerData: VERIFIER });
  const program = thread;
  const argv = [place.directory, "--head", place.head, "--key", place.key, ...more];
  const run = last.then(async () => {
    program.postMessage(argv);
    const [said] = (await once(program, "message")) as [Pick<Run, "code" | "stdout" | "stderr">];
    return { ...said, signal: null, places: placesIn(said.stdout) };
  });
  last = run.catch(() => {});
  return run;
}

/** Places found by us and by the outsider; they must be the same. */
export async function verdicts(place: Place): Promise<string[]> {
  const ledger = await openLedger(place.options);
  const { problems, entries, root, key } = await ledger.verify();
  const ours = problems.map((problem) => problem.place).sort();
  const theirs = await outsider(place);
  expect({ places: theirs.places, code: theirs.code }).toEqual({
    places: ours,
    code: ours.length > 0 ? 1 : 0,
  });
  expect(theirs.stdout).toContain(`root     ${root}`);
  expect(theirs.stdout).toContain(`key      ${key}`);
  expect(theirs.stdout).toMatch(new RegExp(`^entries {2}${entries}\\b`, "m"));
  return ours;
}

/** Each entry of each process is there, none else, and no trace of who waited for whom. Twenty of them: `test/slow/ledger-queue.test.ts`. */
export async function expectAllAppend(processes: number, times: number): Promise<void> {
  const place = placeIn(temporary());
  const names = Array.from({ length: processes }, (_, i) => `w${i}`);
  const runs = await Promise.all(names.map((name) => writer(place.home, name, times)));
  expect(runs.filter(({ code, signal, stderr }) => code !== 0 || signal || stderr)).toEqual([]);
  const jobs = (await (await openLedger(place.options)).entries()).map((entry) => entry.predicate.job);
  const expected = names.flatMap((name) => Array.from({ length: times }, (_, i) => `${name}-${i}`));
  expect(jobs.sort()).toEqual(expected.sort());
  expect(await verdicts(place)).toEqual([]);
  expect(readdirSync(path.dirname(place.head))).toEqual(["sandbox.dsse.json"]);
}
