// What every job owes (CONTRIBUTING, "One more job"): help, a clause, a cadence, an evidence kind, a plan, a test.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { beforeAll, describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { discoverJobs } from "../../../scripts/cli/adapter/registry";
import { buildProgram } from "../../../scripts/cli/command-line";
import { contradictions } from "../../../scripts/contract/status";
import type { Job } from "../../../scripts/core/job";

const ROOT = path.resolve(__dirname, "../../..");
const FILES = readdirSync(path.join(ROOT, "scripts/jobs")).map((file) => file.replace(/\.ts$/, ""));
let jobs: Job[] = [];
beforeAll(async () => {
  jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
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

describe.each(FILES)("job %s", (name) => {
  const job = (): Job => jobs.find((candidate) => candidate.name === name)!;

  it("serves clauses that the contract has", () => {
    const known = loadContract(ROOT).clauses.map((clause) => clause.id);
    expect(job().clauses.length).toBeGreaterThan(0);
    expect(known).toEqual(expect.arrayContaining([...job().clauses]));
  });

  it("leaves evidence, or says why not; whoever writes always leaves some", () => {
    const { evidence, effect } = job();
    if ("kind" in evidence) expect(evidence.kind).toMatch(/^[a-z][a-z0-9-]+$/);
    else {
      expect(evidence.none.length).toBeGreaterThan(20);
      expect(effect).not.toBe("writes");
    }
  });

  it("has help with examples that its own command line accepts", async () => {
    expect(job().summary).not.toMatch(/\.$/);
    expect(job().examples.length).toBeGreaterThan(0);
    for (const { command, what } of job().examples) {
      expect(what.length).toBeGreaterThan(10);
      let parsed: string | undefined;
      const program: Command = buildProgram(jobs, (invocation) => {
        parsed = invocation.job.name;
      });
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
      expect(words.shift()).toBe("ops");
      await program.parseAsync(words, { from: "user" });
      expect(parsed).toBe(name);
    }
  });

  it("is run by a test", () => {
    const mentions = SOURCES.filter((text) => new RegExp(`(jobs/${name}"|[("'\`]${name}["'\`])`).test(text));
    expect(mentions.length, `no test names the job ${name}`).toBeGreaterThan(0);
  });
});

it("contract and jobs agree on what proves what", () => {
  expect(contradictions(loadContract(ROOT), jobs)).toEqual([]);
});
