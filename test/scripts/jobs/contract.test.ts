// What every job owes (CONTRIBUTING, "One more job"): help, a clause, a cadence, an evidence kind, a plan, a test.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { discoverJobs, jobNames } from "../../../scripts/cli/adapter/registry";
import { parseCommandLine } from "../../../scripts/cli/command-line";
import { contradictions } from "../../../scripts/contract/status";
import { type Command, clausesOf, commandsOf, identityOf, type Job } from "../../../scripts/core/job";
import { anyName } from "../cli/line";

const ROOT = path.resolve(__dirname, "../../..");
const DIRECTORY = path.join(ROOT, "scripts/jobs");
let jobs: Job[] = [];
beforeAll(async () => {
  jobs = await discoverJobs(DIRECTORY);
});

function testFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? testFiles(path.join(directory, entry.name)) : [path.join(directory, entry.name)],
  );
}
const TESTS = testFiles(path.join(ROOT, "test")).filter(
  (file) => file.endsWith(".test.ts") && file !== __filename,
);
const SOURCES = TESTS.map((file) => readFileSync(file, "utf8"));

/** Folders hold subcommands: every file but what they share is one. */
function commandNames(name: string): string[][] {
  if (!readdirSync(DIRECTORY).includes(name)) return [[name]];
  return readdirSync(path.join(DIRECTORY, name))
    .filter((file) => file !== "index.ts")
    .filter((file) => readFileSync(path.join(DIRECTORY, name, file), "utf8").includes("defineCommand("))
    .map((file) => [name, file.replace(/\.ts$/, "")]);
}

describe.each(jobNames(DIRECTORY))("job %s", (name) => {
  const job = (): Job => jobs.find((candidate) => candidate.name === name)!;

  it("serves clauses that the contract has", () => {
    const known = loadContract(ROOT).clauses.map((clause) => clause.id);
    expect(job().clauses.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining(clausesOf(job())));
  });

  it("leaves evidence, or says why not; whoever writes always leaves some", () => {
    for (const { evidence, effect } of [
      job(),
      ...commandsOf(job()).map(({ command }) => identityOf(job(), command)),
    ]) {
      if ("kind" in evidence) expect(evidence.kind).toMatch(/^[a-z][a-z0-9-]+$/);
      else {
        expect(evidence.none.length).toBeGreaterThan(20);
        expect(effect).not.toBe("writes");
      }
    }
  });

  it("has exactly the commands that its files declare", () => {
    const found = commandsOf(job()).map(({ words }) => words.join(" "));
    expect(found.sort()).toEqual(
      commandNames(name)
        .map((words) => words.join(" "))
        .sort(),
    );
  });

  it("is run by a test", () => {
    const mentions = SOURCES.filter((text) => new RegExp(`(jobs/${name}"|[("'\`]${name}["'\`])`).test(text));
    expect(mentions.length, `no test names the job ${name}`).toBeGreaterThan(0);
  });
});

describe.each(
  jobNames(DIRECTORY)
    .flatMap(commandNames)
    .map((words) => words.join(" ")),
)("command %s", (line) => {
  const [name = "", subcommand] = line.split(" ");
  const command = (): Command<unknown> =>
    commandsOf(jobs.find((job) => job.name === name)!).find(({ words }) => words.join(" ") === line)!.command;

  it("has help with examples that its own command line accepts", async () => {
    expect(command().summary).toMatch(/^[A-Z].*[^.]$/);
    expect(command().examples.length).toBeGreaterThan(0);
    for (const { command: example, what } of command().examples) {
      expect(what).toMatch(/^[A-Z0-9].{10,}[.?]$/);
      const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
      expect(words.shift()).toBe("ops");
      const parsed = await parseCommandLine(jobs, words, { names: anyName, version: "0.0.0" });
      expect(parsed).toMatchObject({ job: { name }, command: command() });
    }
  });

  it("describes every argument; what it needs or excludes exists", () => {
    const declared = command().arguments;
    for (const { description, needs, excludes = [] } of Object.values(declared)) {
      expect(description).toMatch(/^[a-z`]/i);
      expect(description).not.toMatch(/\.$/);
      for (const other of [...(needs === undefined ? [] : [needs]), ...excludes])
        expect(declared).toHaveProperty(other);
    }
  });

  it("is run by a test", () => {
    if (subcommand === undefined) return; // its job is
    const typed = new RegExp(`${name} ${subcommand}|"${name}",\\s*"${subcommand}"`);
    const runs = (text: string): boolean =>
      typed.test(text) || (text.includes(`jobs/${name}"`) && text.includes(`"${subcommand}"`));
    expect(SOURCES.filter(runs).length, `no test runs ${name} ${subcommand}`).toBeGreaterThan(0);
  });
});

it("contract and jobs agree on what proves what", () => {
  const declared = jobs.map((job) => ({ name: job.name, clauses: clausesOf(job) }));
  expect(contradictions(loadContract(ROOT), declared)).toEqual([]);
});
