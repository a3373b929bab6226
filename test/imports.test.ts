// Who may import whom (ARCHITECTURE, "Rooms"). One table of rules, every import of every file held against it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = path.resolve(__dirname, "..");

interface Room {
  /** Path prefix of the files the rule is about. */
  files: string;
  /** Path prefixes they may import from inside the repository. */
  may: readonly string[];
  /** Packages and Node modules they may use; `undefined` = any. */
  packages?: readonly string[];
}

/** First match wins. */
const ROOMS: readonly Room[] = [
  { files: "policies/", may: ["policies/"] },
  { files: "stacks/", may: ["stacks/", "policies/"] },
  { files: "k8s/", may: ["k8s/", "policies/", "stacks/environments"] },
  {
    files: "scripts/domain/",
    may: ["scripts/domain/", "policies/", "scripts/ports"],
    packages: [
      "node:crypto",
      "luxon",
      "cli-table3",
      "js-yaml",
      "picocolors",
      "semver",
      "chinese-days",
      "@pgsql/types",
      "@dagrejs/dagre",
    ],
  },
  {
    files: "scripts/workflows/",
    may: ["scripts/workflows/", "scripts/domain/", "scripts/ports", "policies/"],
    packages: ["node:path", "node:crypto", "node:zlib"],
  },
  {
    files: "scripts/jobs/",
    may: ["scripts/workflows/", "scripts/domain/", "scripts/ports", "policies/"],
    packages: ["node:path"],
  },
  { files: "scripts/ports", may: ["scripts/ports", "scripts/domain/", "policies/"], packages: [] },
  {
    files: "scripts/adapters/plan/",
    may: ["scripts/adapters/", "scripts/domain/", "scripts/ports", "policies/", "stacks/"],
  },
  {
    files: "scripts/adapters/render/",
    may: ["scripts/adapters/", "scripts/domain/", "scripts/ports", "policies/", "k8s/"],
  },
  { files: "scripts/adapters/", may: ["scripts/adapters/", "scripts/domain/", "scripts/ports", "policies/"] },
  { files: "scripts/sandbox/", may: ["scripts/sandbox/", "scripts/domain/", "scripts/ports", "policies/"] },
  // The composition root: ops.ts and what it is cut into.
  { files: "scripts/", may: ["scripts/", "policies/"] },
];

function sources(directory: string): string[] {
  // A room that is not built yet is not there in a fresh clone: git keeps no empty directory.
  if (!existsSync(path.join(ROOT, directory))) return [];
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

function violations(file: string, text: string): string[] {
  const room = ROOMS.find((candidate) => file.startsWith(candidate.files));
  if (!room) return [`${file}: in no room`];
  return specifiers(text).flatMap((specifier) => {
    if (!specifier.startsWith(".")) {
      const allowed = !room.packages || room.packages.some((name) => specifier === name);
      return allowed ? [] : [`${file} uses ${specifier}`];
    }
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), specifier));
    const allowed = room.may.some((prefix) => target.startsWith(prefix.replace(/\/$/, "")));
    return allowed ? [] : [`${file} imports ${target}`];
  });
}

describe("imports", () => {
  // git keeps no empty room
  const rooms = ["policies", "stacks", "k8s", "scripts"].filter((room) => existsSync(path.join(ROOT, room)));
  const files = rooms.flatMap(sources);

  it("follow the rooms", () => {
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap((file) => violations(file, readFileSync(path.join(ROOT, file), "utf8")))).toEqual(
      [],
    );
  });

  it("have no room for odds and ends", () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common)(\/|\.ts$)/.test(file))).toEqual([]);
  });

  it.each([
    ["policies/engine/x.ts", 'import { a } from "../../scripts/domain/wal";'],
    ["scripts/domain/x.ts", 'import { readFile } from "node:fs/promises";'],
    ["scripts/domain/x.ts", 'import { $ } from "zx";'],
    ["scripts/jobs/x.ts", 'import { createHost } from "../adapters/host";'],
    ["scripts/jobs/x.ts", 'import other from "./drill";'],
    ["scripts/workflows/x.ts", 'const { x } = await import("../adapters/host");'],
    ["stacks/x.ts", 'import { x } from "../scripts/ports";'],
    ["k8s/x.ts", 'import { x } from "../stacks/programs/data";'],
    ["scripts/adapters/x.ts", 'import { x } from "../../stacks/index";'],
  ])("refuse a wrong one: %s", (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });
});
