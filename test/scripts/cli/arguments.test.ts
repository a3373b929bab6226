// Whatever is typed for whatever argument: it is read as what it is, or refused before anything is touched.
import path from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { discoverJobs } from "../../../scripts/cli/adapter/registry";
import { GLOBALS, parseCommandLine } from "../../../scripts/cli/command-line";
import { type Argument, spelled } from "../../../scripts/core/arguments";
import type { OpsError } from "../../../scripts/core/errors";
import { type Command, commandsOf, type Job } from "../../../scripts/core/job";
import { createNames } from "../../../scripts/names";
import { typed } from "./line";

const ROOT = path.resolve(__dirname, "../../..");
const names = createNames(ROOT);
let jobs: Job[] = [];
beforeAll(async () => {
  jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
});

/** Words that make a command complete but for what a test adds. */
const REQUIRED: Readonly<Record<string, string[]>> = {
  restore: ["--to", "latest"],
  completion: ["bash"],
  issue: ["Something broke"],
  "migrate new": ["order_note"],
  "evidence show": ["1"],
  "evidence export": ["handover"],
};

const EMPTY = fc.constantFrom("", " ", "\t");
const NO_NUMBER = fc.constantFrom("NaN", "Infinity", "big", "0x10", "1e3", "1,5", "1 2", "²");
const NEGATIVE = fc.integer({ max: -1 }).map(String);
const UNKNOWN = fc.stringMatching(/^[a-z]{3,8}-[xqz]{4}$/);

/** Values that an argument of its kind must refuse. */
function bad(argument: Argument): fc.Arbitrary<string> {
  if ("names" in argument && argument.names !== undefined) return fc.oneof(EMPTY, UNKNOWN);
  switch (argument.kind) {
    case "choice":
      return fc.oneof(EMPTY, UNKNOWN);
    case "whole":
      return fc.oneof(
        EMPTY,
        NO_NUMBER,
        NEGATIVE,
        fc.nat().map((more) => `${argument.most ?? Number.MAX_SAFE_INTEGER}${more}`),
      );
    case "amount":
      return fc.oneof(EMPTY, NO_NUMBER, NEGATIVE);
    case "day":
      return fc.oneof(EMPTY, fc.constantFrom("2026-02-30", "2026-13-01", "today", "26-1-1"));
    case "list":
      return argument.verbatim ? EMPTY : fc.oneof(EMPTY, fc.constantFrom(",", "a,,b", "a,"));
    case "pairs":
      return fc.oneof(EMPTY, fc.constantFrom("a", "=b", "a=1,,b=2", "a=1,a=2"));
    default:
      return EMPTY;
  }
}

const codeOf = async (run: Promise<unknown>): Promise<string> =>
  await run.then(
    () => "accepted",
    (error: OpsError) => error.exit,
  );

describe("a bad value is refused before anything is touched", () => {
  it("for every argument of every command, and the options of all", async () => {
    const stderr = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const all = jobs.flatMap((job) => commandsOf(job).map((each) => ({ job, ...each })));
    const slots = all.flatMap(({ job, words, command }) =>
      Object.entries({ ...command.arguments, ...GLOBALS })
        .filter(([, { kind }]: [string, Argument]) => kind !== "flag")
        .map(([name, argument]: [string, Argument]) => ({ job, words, command, name, argument })),
    );
    expect(slots.length).toBeGreaterThan(100);
    for (const { job, words, command, name, argument } of slots)
      await fc.assert(
        fc.asyncProperty(bad(argument), async (value) => {
          const line = lineWith(words, command, name, argument, value);
          const exit = await codeOf(typed(job, line.slice(1), names));
          expect([line, exit]).toEqual([line, expect.stringMatching(/^(usage|unknownTarget)$/)]);
        }),
        { numRuns: 12 },
      );
    stderr.mockRestore();
  }, 120_000);
});

/** The command with one argument spoiled, and what it requires besides. */
function lineWith(
  words: readonly string[],
  command: Command<unknown>,
  name: string,
  argument: Argument,
  value: string,
): string[] {
  const required = REQUIRED[words.join(" ")] ?? [];
  if (argument.positional) return [...words, "--", value];
  const company = argument.needs === undefined ? [] : companyOf(command, argument.needs);
  return [...words, ...required, ...company, spelled(name, argument), value];
}

function companyOf(command: Command<unknown>, needs: string): string[] {
  const other = command.arguments[needs];
  if (other?.positional) return ["dr-drill"];
  return other?.kind === "flag" ? [spelled(needs, other)] : [spelled(needs, other), "x"];
}

describe("a good value is read as what it is", () => {
  const run = async (line: string): Promise<Readonly<Record<string, unknown>>> => {
    const [name = "", ...words] = line.split(" ");
    return (await typed(jobs.find((job) => job.name === name)!, words, names)).args;
  };

  it.each<[string, Record<string, unknown>]>([
    ["drill --scenario b --scale 0.02", { scenario: "b", scale: 0.02, reap: false }],
    ["backup --expire --set a,b --set c", { expire: true, set: ["a", "b", "c"], type: undefined }],
    ["check k8s/rendered,policies stacks", { paths: ["k8s/rendered", "policies", "stacks"] }],
    ["check", { paths: [], failOn: "low", format: "pretty", date: undefined }],
    ["ci dr-drill --input approver=chen-jing,scale=0.1", { input: { approver: "chen-jing", scale: "0.1" } }],
    ["migrate up", { lockTimeout: 500, attempts: 20 }],
    ["migrate down --to 0", { to: 0 }],
    ["plan prod-data,drill-x1 --graph", { stacks: ["prod-data", "drill-x1"], graph: "plan.html" }],
    ["render prod --check", { environment: ["prod"], check: true }],
  ])("%s", async (line, expected) => {
    expect(await run(line)).toMatchObject(expected);
  });

  it("a verbatim list: commas and blanks belong to its items", async () => {
    const job = {
      ...jobs.find(({ name }) => name === "status")!,
      arguments: { where: { kind: "list", verbatim: true, description: "conditions" } },
    } as Job;
    const { args } = await typed(job, ["--where", "name= 王, a ", "--where", "note=x,"], names);
    expect(args).toEqual({ where: ["name= 王, a ", "note=x,"] });
    expect((await typed(job, [], names)).args).toEqual({ where: [] });
  });

  it("global options stand before or after the command", async () => {
    const status = jobs.find(({ name }) => name === "status")!;
    for (const words of [["--env", "prod", "--json", "--no-color", "--seed", "7"]])
      expect((await typed(status, words, names)).globals).toEqual({
        platform: undefined,
        env: "prod",
        json: true,
        quiet: false,
        color: false,
        dryRun: false,
        seed: 7,
      });
  });
});

describe("a refusal says what was meant", () => {
  it.each<[string, string[], string, RegExp]>([
    ["verify", ["--platform", "sandbx"], "unknownTarget", /did you mean "sandbox"\?/],
    ["status", ["--env", "prdo"], "unknownTarget", /did you mean "prod"\?/],
    ["check", ["--explain", "rds-deletion-protecton"], "usage", /did you mean "rds-deletion-protection"\?/],
    ["ci", ["dr-dril"], "usage", /did you mean "dr-drill"\?/],
    ["plan", ["prod-dta"], "usage", /did you mean "prod-data"\?/],
    ["render", ["production"], "usage", /one of prod/],
    ["backup", ["--type", "ful"], "usage", /did you mean "full"\?/],
    ["release", ["plan", "learning-wb=1.1.0"], "usage", /did you mean "learning-web"\?/],
    ["release", ["plan", "learning-web=latest"], "usage", /a tag such as latest can be moved/],
    ["release", ["rollback", "mobile-ap"], "usage", /did you mean "mobile-api"\?/],
    [
      "release",
      ["ship", "--override", "office-hour", "--reason", "x"],
      "usage",
      /did you mean "office-hours"\?/,
    ],
    ["render", ["--base", "HEAD~99999"], "usage", /a branch, a tag or a commit/],
    ["ci", ["dr-drill", "--input", "a=1,a=2"], "usage", /each name once/],
    ["bakup", [], "usage", /did you mean "backup"/],
    ["help", ["bakup"], "usage", /did you mean "backup"/],
    ["help", ["migrate", "lnt"], "usage", /did you mean "lint"/],
    ["migrate", ["help", "lnt"], "usage", /did you mean "lint"/],
    ["drill", ["--scenari", "b"], "usage", /did you mean "--scenario"/],
  ])("%s %j", async (name, words, exit, expected) => {
    await expect(parseCommandLine(jobs, [name, ...words], { names, version: "0" })).rejects.toMatchObject({
      exit,
      expected: expect.stringMatching(expected),
    });
  });

  it.each<[string, string[], string]>([
    ["backup", ["--type", "full", "--expire"], "--type and --expire exclude each other"],
    ["backup", ["--set", "x"], "--set without --expire"],
    ["verify", ["--rounds", "3"], "--rounds without --self-test"],
    ["verify", ["--self-test", "--to", "latest"], "--self-test and --to exclude each other"],
    ["drill", ["--reap", "--scenario", "a"], "--reap and --scenario exclude each other"],
    ["restore", ["--to", "latest", "--phrase", "x"], "--phrase without --over-source"],
    ["ci", ["--input", "a=1"], "--input without workflow"],
    ["plan", ["--touched"], "--touched without --base"],
    ["render", ["--base", "HEAD", "--check"], "--base and --check exclude each other"],
    ["check", ["k8s", "--preview", "x"], "--preview and paths exclude each other"],
    ["restore", ["--to", "latest", "--load-into", "x"], "--load-into without --only"],
  ])("%s %j", async (name, words, message) => {
    const job = jobs.find((each) => each.name === name)!;
    await expect(typed(job, words, names)).rejects.toMatchObject({ exit: "usage", message });
  });
});

describe("help is asked for in every way", () => {
  it.each([
    ["help", ["help"], /^Usage: ops \[options\]/],
    ["a job", ["help", "backup"], /^Usage: ops backup/],
    ["a subcommand", ["help", "migrate", "up"], /^Usage: ops migrate up/],
    ["a subcommand, below its group", ["migrate", "help", "up"], /^Usage: ops migrate up/],
    ["an option", ["migrate", "up", "--help"], /^Usage: ops migrate up/],
  ])("%s", async (_, line, expected) => {
    const stdout = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      expect(await parseCommandLine(jobs, line, { names, version: "0" })).toBe(0);
      expect(stdout.mock.calls.join("")).toMatch(expected);
    } finally {
      stdout.mockRestore();
    }
  });
});
