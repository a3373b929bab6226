// Who may import whom (ARCHITECTURE, "Rooms"): three rules, every import of every file held against them.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(__dirname, "..");

/** Rooms below scripts, lowest floor first: a file imports its own room and rooms on floors below it. */
const FLOORS: readonly (readonly string[])[] = [
  ["core"],
  ["machine"],
  ["cluster", "pipeline", "sandbox", "evidence", "render", "contract"],
  ["plan", "isolation", "cli"],
  ["check", "postgres"],
  ["backup", "masking"],
  ["restore"],
  ["migrate", "self-test", "coverage", "dump", "data"],
  ["release", "drill"],
];

/** Outside scripts: what a top-level room may import besides itself. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  policies: [],
  stacks: ["policies/"],
  k8s: ["policies/", "stacks/environments"],
};

/** Rooms that evaluate another top-level room's programs, in their adapter alone. */
const EVALUATES: Readonly<Record<string, string>> = {
  "scripts/plan/adapter/": "stacks/",
  "scripts/render/adapter/": "k8s/",
};

/** What touches nothing outside the process. Everything else is an effect, and stays in an adapter. */
const PURE: readonly string[] = [
  "@actions/expressions",
  "@actions/expressions/result",
  "@dagrejs/dagre",
  "@pgsql/types",
  "chinese-days",
  "cli-table3",
  "commander",
  "js-yaml",
  "luxon",
  "node:crypto",
  "node:path",
  "node:zlib",
  "picocolors",
  "sarif",
  "semver",
  "string-width",
  "valibot",
  "wrap-ansi",
];

/** The composition root, and the launcher that must run before it. */
const isRoot = (file: string): boolean => /^scripts\/([^/]+$|bin\/)/.test(file);
const isJob = (file: string): boolean => file.startsWith("scripts/jobs/");
const isEffectful = (file: string): boolean =>
  file.startsWith("scripts/machine/") || file.includes("/adapter/");
const roomOf = (file: string): string => file.split("/")[1]!;
const floorOf = (room: string): number => FLOORS.findIndex((floor) => floor.includes(room));

function sources(directory: string): string[] {
  return readdirSync(path.join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const file = `${directory}/${entry.name}`;
    if (entry.isDirectory()) return sources(file);
    return /\.(ts|mts|cts)$/.test(entry.name) ? [file] : [];
  });
}

/** Every specifier a file imports, re-exports or loads. */
function specifiers(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
  const forms =
    /^\s*(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
  return [...code.matchAll(forms)].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

const resolved = (file: string, specifier: string): string =>
  path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));

/** Rule 1: lower floors never import higher ones, and neighbours on a floor know nothing of each other. */
function floors(file: string, target: string): boolean {
  const top = file.split("/")[0]!;
  if (!target.startsWith(`${top}/`)) {
    if (top !== "scripts") return (OUTSIDE[top] ?? []).some((prefix) => target.startsWith(prefix));
    if (target.startsWith("policies/")) return true;
    return Object.entries(EVALUATES).some(
      ([room, other]) => file.startsWith(room) && target.startsWith(other),
    );
  }
  if (top !== "scripts" || isRoot(file)) return true;
  if (isJob(file)) return true;
  const [mine, theirs] = [roomOf(file), roomOf(target)];
  return mine === theirs || (floorOf(theirs) >= 0 && floorOf(theirs) < floorOf(mine));
}

/** Rule 2: processes, files, sockets and drivers only below an adapter and in the machine. */
function effects(file: string, name: string): boolean {
  if (!file.startsWith("scripts/") || isRoot(file) || isEffectful(file)) return true;
  return PURE.includes(name);
}

/** Rule 3: a job imports rooms, never an adapter and never another job; only the root imports jobs. */
function jobs(file: string, target: string): boolean {
  if (isJob(target))
    return isRoot(file) || (isJob(file) && path.posix.dirname(target) === path.posix.dirname(file));
  if (target.includes("/adapter/")) return isRoot(file) || isEffectful(file);
  return true;
}

function violations(file: string, text: string): string[] {
  return specifiers(text).flatMap((specifier) => {
    if (!specifier.startsWith(".")) return effects(file, specifier) ? [] : [`${file} uses ${specifier}`];
    const target = resolved(file, specifier);
    return floors(file, target) && jobs(file, target) ? [] : [`${file} imports ${target}`];
  });
}

describe("imports", () => {
  const files = ["policies", "stacks", "k8s", "scripts"].flatMap(sources);
  const rooms = new Set(
    files.filter((file) => file.startsWith("scripts/") && !isRoot(file) && !isJob(file)).map(roomOf),
  );

  it("follow the rooms", () => {
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap((file) => violations(file, readFileSync(path.join(ROOT, file), "utf8")))).toEqual(
      [],
    );
  });

  it("give every room a floor, and every floor only rooms that exist", () => {
    expect([...rooms].sort()).toEqual(FLOORS.flat().sort());
  });

  it("have no room for odds and ends", () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common)(\/|\.ts$)/.test(file))).toEqual([]);
  });

  it.each([
    ["policies/engine/x.ts", 'import { a } from "../../scripts/backup/wal";'],
    ["stacks/x.ts", 'import { x } from "../scripts/backup/port";'],
    ["k8s/x.ts", 'import { x } from "../stacks/programs/data";'],
    ["scripts/core/x.ts", 'import { x } from "../machine/port";'],
    ["scripts/backup/x.ts", 'import { x } from "../restore/copy";'],
    ["scripts/backup/x.ts", 'import type { Context } from "../context";'],
    ["scripts/restore/adapter/x.ts", 'import { x } from "../../drill/drill";'],
    ["scripts/drill/x.ts", 'import { x } from "../release/deliver";'],
    ["scripts/check/adapter/x.ts", 'import { x } from "../../../stacks/index";'],
    ["scripts/backup/x.ts", 'import { readFile } from "node:fs/promises";'],
    ["scripts/plan/x.ts", 'import { $ } from "zx";'],
    ["scripts/restore/x.ts", 'import pg from "pg";'],
    ["scripts/jobs/x.ts", 'import { readFile } from "node:fs";'],
    ["scripts/jobs/x.ts", 'import { createHost } from "../machine/adapter/host";'],
    ["scripts/jobs/x.ts", 'import other from "./y/drill";'],
    ["scripts/restore/x.ts", 'const { x } = await import("./adapter/y");'],
    ["scripts/restore/x.ts", 'import job from "../jobs/drill";'],
  ])("refuse a wrong one: %s %s", (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });
});
