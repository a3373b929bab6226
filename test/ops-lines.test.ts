// No runbook, workflow or CronJob acts on the default platform because nobody named one.
import path from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { discoverJobs } from "../scripts/cli/adapter/registry";
import { commandsOf, type Job } from "../scripts/core/job";
import { GATES } from "../scripts/release/gates";
import type { ReleasePlan } from "../scripts/release/plan";
import { commandOf } from "../scripts/release/remedies";
import { ROOT } from "./github/repository";
import { given } from "./given";
import { allLines, linesOfCronJob, linesOfMarkdown, objection } from "./ops-lines";

let jobs: Job[] = [];
beforeAll(async () => {
  vi.stubEnv("OPS_PLATFORM", undefined);
  jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
  return () => vi.unstubAllEnvs();
});

const objections = async (lines: ReturnType<typeof allLines>): Promise<string[]> => {
  const found = await Promise.all(
    lines.map(async (line) => [line.file, await objection(jobs, line)] as const),
  );
  return found.flatMap(([file, why]) => (why === undefined ? [] : [`${file}: ${why}`]));
};

it("every `ops` line of runbooks, workflows and CronJobs is understood and names what it acts on", async () => {
  const lines = allLines();
  for (const folder of ["runbooks/", ".github/workflows/", "k8s/rendered/"])
    expect(lines.filter(({ file }) => file.startsWith(folder)).length, folder).toBeGreaterThan(20);
  expect(await objections(lines)).toEqual([]);
});

describe("refused", () => {
  it.each([
    ["a span", "Run `ops verify` again.", "ops verify: would act on the default"],
    ["a path", "`./ops backup --type full`", "would act on the default"],
    ["a fence", "```\n$ ops coverage --json\n```", "would act on the default"],
    ["an indented block", "Then\n\n       ops status\n", "would act on the default"],
    [
      "a span over two lines",
      "`ops restore --to latest --into\n   <new directory>`",
      "would act on the default",
    ],
    ["behind another command", "```\ncd /srv && ./ops drill\n```", "would act on the default"],
    ["evidence of nobody's environment", "`ops evidence verify`", "would act on the default"],
    ["an option that is not there", "`ops verify --to latest --everything --env prod`", "--everything"],
    ["a command that is not there", "`ops verfiy --env prod`", "names no command"],
    ["a group alone", "`ops release --env prod`", "names no command"],
    ["a platform that is empty", '`ops verify --platform ""`', "--platform is empty"],
  ])("%s", async (_, text, why) => {
    const lines = linesOfMarkdown("x.md", text);
    expect(lines).toHaveLength(1);
    expect((await objections(lines))[0]).toContain(why);
  });

  it("a CronJob without its platform", async () => {
    const containers = "{ spec: { template: { spec: { containers: [{ args: [verify, --json] }] } } } }";
    const lines = linesOfCronJob("cronjob-x.yaml", `spec: { jobTemplate: ${containers} }`);
    expect(await objections(lines)).toEqual([expect.stringContaining("would act on the default")]);
  });
});

it.each([
  "`ops verify --env prod`",
  "`ops check` and `ops plan --base main`",
  "`ops sandbox up`",
  "`ops --help` and `ops` itself",
  "the job `verify` and `opsctl verify`",
])("accepted: %s", async (text) => {
  expect(await objections(linesOfMarkdown("x.md", text))).toEqual([]);
});

it("what a refused release is told to run is understood and names its environment", async () => {
  const app = { version: "1.0.1", image: "r/x", digest: "d" };
  const change = { app: "learning-web" as const, from: undefined, to: app };
  const plan = given<ReleasePlan>({ environment: "prod", changes: [change] });
  const commands = [
    ...GATES.flatMap((gate) => gate.make?.(plan) ?? []),
    ...(["ship", "promote", "rollback"] as const).map((kind) => commandOf(kind, plan)),
  ];
  expect(commands.length).toBeGreaterThan(6);
  expect(await objections(linesOfMarkdown("gate", commands.map((line) => `\`${line}\``).join("\n")))).toEqual(
    [],
  );
});

it("a command that works on the checkout alone talks to no platform", () => {
  const commands = jobs.flatMap(commandsOf);
  const checkout = commands.filter(({ command }) => command.target === "checkout");
  expect(checkout.length).toBeGreaterThan(3);
  expect(checkout.filter(({ command }) => command.offline !== true).map(({ words }) => words)).toEqual([]);
});
