// What documents, runbooks and workflows tell a reader to type or to open is there: commands, their options, files.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { discoverJobs } from "../scripts/cli/adapter/registry";
import { buildProgram } from "../scripts/cli/command-line";

const ROOT = path.resolve(__dirname, "..");

function below(directory: string, ends: RegExp): string[] {
  return readdirSync(path.join(ROOT, directory), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(directory, entry.name);
    return entry.isDirectory() ? below(file, ends) : ends.test(entry.name) ? [file] : [];
  });
}

const GUIDES = ["README.md", "README.zh-CN.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];
const DOCUMENTS = [
  ...GUIDES,
  ...["runbooks", ".github", "policies", "stacks", "k8s", "test/bench"].flatMap((room) =>
    below(room, /\.md$/),
  ),
  ...below(".github", /\.ya?ml$/),
];

const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

/** In code spans and blocks of prose, in the steps of workflows, and wherever the launcher itself is called. */
function commandLines(file: string, text: string): string[] {
  const spans = file.endsWith(".md") ? [...text.matchAll(/(?<!`)`((?:npx |\.\/)?ops [a-z][^`\n]*)`/g)] : [];
  const calls = [...text.matchAll(/(?:^|[\s(;&|"'`$])((?:npx |\.\/)ops [a-z][^\n`;&|)]*)/gm)];
  return [
    ...new Set(
      [...spans, ...calls].map((match) =>
        match[1]!
          .replace(/^(npx |\.\/)/, "")
          .split(/ #| {3}/)[0]!
          .trim(),
      ),
    ),
  ];
}

let program: Command;
beforeAll(async () => {
  program = buildProgram(await discoverJobs(path.join(ROOT, "scripts/jobs")), "0", () => {});
});

/** What is wrong with a line as a reader would type it; values are not looked at. */
function wrong(line: string): string[] {
  const [, ...words] = line.split(/\s+/);
  let command = program;
  for (const word of words) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (!next) break;
    command = next;
  }
  if (command === program) return /^[a-z-]+$/.test(words[0] ?? "") ? [`no command ${words[0]}`] : [];
  const known = new Set([
    ...[...program.options, ...command.options].flatMap(({ long, short }) => [long, short]),
    "--help",
    "-h",
  ]);
  // A job of several commands, named as a whole, may be told of with what its commands take.
  for (const each of command.commands) for (const { long } of each.options) known.add(long);
  const options = line.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
  return options.filter((option) => !known.has(option)).map((option) => `${command.name()} has no ${option}`);
}

describe("commands in documents", () => {
  it.each(DOCUMENTS)("%s", (file) => {
    expect(
      commandLines(file, read(file)).flatMap((line) => wrong(line).map((why) => `${line}: ${why}`)),
    ).toEqual([]);
  });

  it("are found at all", () => {
    const lines = DOCUMENTS.flatMap((file) => commandLines(file, read(file)));
    expect(lines.length).toBeGreaterThan(100);
    expect(read("README.md")).not.toContain("npx ops");
  });

  it.each([
    ["ops verfy", 1],
    ["ops verify --too now", 1],
    ["ops migrate lint --wal", 1],
    ['ops verify --to "$INSTANT" --scrub 1/30', 0],
    ["ops release", 0],
  ])("%s: %i wrong", (line, count) => {
    expect(wrong(line)).toHaveLength(count);
  });
});

/** Paths in code spans; names in <angle brackets>, patterns and ellipses stand for several. */
function pathsIn(text: string): string[] {
  const spans = [...text.matchAll(/(?<!`)`([^`\n]+)`/g)].map((match) => match[1]!);
  return spans.filter((span) => /^[\w.@-]+(\/[\w.@-]+)+\/?$/.test(span));
}

const TOP = /^(scripts|policies|stacks|k8s|runbooks|\.github|\.ci|test)\//;
const IN_ROOMS = readdirSync(path.join(ROOT, "scripts"));

describe("paths in documents", () => {
  it.each(GUIDES)("%s", (file) => {
    const gone = pathsIn(read(file)).filter((found) => {
      if (TOP.test(found)) return !existsSync(path.join(ROOT, found));
      // ARCHITECTURE speaks of files of a room without naming `scripts/`.
      return IN_ROOMS.includes(found.split("/")[0]!) && !existsSync(path.join(ROOT, "scripts", found));
    });
    expect(gone).toEqual([]);
  });

  it("are told from other words", () => {
    expect(pathsIn("`scripts/a.ts`, `policies/<x>/y`, `a | b`, `k8s/rendered`")).toEqual([
      "scripts/a.ts",
      "k8s/rendered",
    ]);
  });
});
