// How a workflow is run here, with real bash on small workflows: order, conditions, outputs, matrix, artifacts, and what is handed down.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silent } from "../../../scripts/core/progress";
import { createHost } from "../../../scripts/machine";
import { createPipelines } from "../../../scripts/pipeline/adapter/pipelines";
import { loadPipeline, type RunRequest } from "../../../scripts/pipeline/contexts";
import { type PipelineResult, runPipeline } from "../../../scripts/pipeline/run";

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "ops-pipeline-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
};

const ENV = {
  PATH: process.env.PATH,
  ALIBABA_CLOUD_ACCESS_KEY_ID: "secret",
  GITHUB_TOKEN: "secret",
  FROM_OUTSIDE: "kept",
};

async function run(
  text: string,
  request: Partial<RunRequest> = {},
): Promise<PipelineResult & { directory: string }> {
  write(".github/workflows/x.yaml", text);
  const pipelines = createPipelines(createHost(), { root, home: path.join(root, ".ops"), state: root }, ENV);
  const context = { pipelines, signal: new AbortController().signal, progress: silent() };
  const opened = await pipelines.open("run");
  const result = await runPipeline(
    context,
    await loadPipeline(context, "x"),
    { inputs: {}, matrix: {}, ...request },
    opened,
  );
  return { ...result, directory: opened.directory };
}

const told = ({ results }: PipelineResult): string[] =>
  results.map(({ step, outcome }) => `${step} ${outcome}`);
const seen = (): string =>
  existsSync(path.join(root, "seen")) ? readFileSync(path.join(root, "seen"), "utf8") : "";

describe("steps", () => {
  it("stop at the first failure but for those that ask to run, and the exit code is the first one's", async () => {
    const result = await run(`
on: workflow_dispatch
jobs:
  a:
    steps:
      - { name: one, run: exit 3 }
      - { name: two, run: "true" }
      - { name: on failure, if: failure(), run: exit 4 }
      - { name: always, if: always(), run: "true" }
      - { name: never, if: "always() && false", run: "true" }
`);
    expect(told(result)).toEqual([
      "one fail",
      "two skipped",
      "on failure fail",
      "always pass",
      "never skipped",
    ]);
    expect(result.exitCode).toBe(3);
    expect(result.results[1]?.detail).toBe("an earlier step failed");
    expect(result.results[4]?.detail).toBe("its condition is false");
  });

  it("go on after one that may fail", async () => {
    const result = await run(
      "on: push\njobs:\n  a:\n    steps:\n      - { run: exit 1, continue-on-error: true }\n      - { run: 'true' }\n",
    );
    expect(told(result)).toEqual(["exit 1 fail", "true pass"]);
  });

  it("fail when the first command of a pipe fails, as on GitHub", async () => {
    expect(
      (
        await run(
          "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          false | cat\n          echo reached > seen\n",
        )
      ).exitCode,
    ).toBe(1);
    expect(seen()).toBe("");
  });

  it("hand outputs on, also out of our own action", async () => {
    write(
      ".github/actions/setup/action.yaml",
      `
name: s
outputs: { began: { value: "\${{ steps.b.outputs.t }}" } }
runs:
  using: composite
  steps:
    - { id: b, shell: bash, run: 'echo "t=12:00" >> "$GITHUB_OUTPUT"' }
    - { name: elsewhere, if: "runner.environment == 'github-hosted'", shell: bash, run: exit 9 }
`,
    );
    const result = await run(`
on: push
jobs:
  a:
    steps:
      - { id: setup, uses: ./.github/actions/setup }
      - { run: 'printf "%s" "$T" > seen', env: { T: "\${{ steps.setup.outputs.began }}" } }
`);
    expect(result.exitCode).toBe(0);
    expect(seen()).toBe("12:00");
    expect(told(result)).toContain("elsewhere skipped");
  });

  it("see the workflow's, the job's and their own variables, the inner ones first, and no credential of whoever started it", async () => {
    const result = await run(`
on: push
env: { A: outer, B: outer, C: outer }
jobs:
  a:
    env: { B: job, C: job }
    steps:
      - run: echo "$A $B $C $FROM_OUTSIDE $OPS_CONFINED [$ALIBABA_CLOUD_ACCESS_KEY_ID$GITHUB_TOKEN]" > seen
        env: { C: step }
`);
    expect(result.exitCode).toBe(0);
    expect(seen()).toBe("outer job step kept sandbox []\n");
  });

  it("of actions are named as skipped; artifacts are collected, and only what is there", async () => {
    write(".ops/reports/r.html", "report");
    write(".ops/keys/secret.pem", "key");
    const result = await run(`
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout@0
      - uses: actions/upload-artifact@0
        with:
          name: out
          path: |
            .ops/reports
            .ops/missing
`);
    expect(told(result)).toEqual(["actions/checkout skipped", "actions/upload-artifact pass"]);
    expect(result.artifacts).toEqual({ out: [".ops/reports"] });
    expect(readFileSync(path.join(result.directory, "artifacts/out/reports/r.html"), "utf8")).toBe("report");
  });
});

describe("jobs", () => {
  const TWO = `
on: workflow_dispatch
jobs:
  second: { needs: first, steps: [{ name: second, run: "echo second >> seen" }] }
  first: { steps: [{ name: first, run: "echo first >> seen; exit $CODE", env: { CODE: "\${{ inputs.code }}" } }] }
  last: { needs: second, if: always(), steps: [{ name: last, run: "echo last >> seen" }] }
`.replace("workflow_dispatch", "{ workflow_dispatch: { inputs: { code: { default: '0' } } } }");

  it("run in the order of their needs", async () => {
    expect((await run(TWO)).exitCode).toBe(0);
    expect(seen()).toBe("first\nsecond\nlast\n");
  });

  it("do not run after a failed one unless they ask to", async () => {
    expect((await run(TWO, { inputs: { code: "7" } })).exitCode).toBe(7);
    expect(seen()).toBe("first\nlast\n");
  });

  const MATRIX = `
on: push
jobs:
  a:
    strategy: { matrix: { env: [one, two], layer: [x, y] } }
    steps: [{ run: "echo $M >> seen", env: { M: "\${{ matrix.env }}-\${{ matrix.layer }}" } }]
`;

  it("run once for each combination, or for those that were asked for", async () => {
    await run(MATRIX);
    expect(seen()).toBe("one-x\none-y\ntwo-x\ntwo-y\n");
    rmSync(path.join(root, "seen"));
    await run(MATRIX, { matrix: { env: "two" } });
    expect(seen()).toBe("two-x\ntwo-y\n");
  });
});

it("nothing runs at all when one step would reach beyond this machine", async () => {
  const text =
    "on: push\njobs:\n  a:\n    steps:\n      - run: echo ran > seen\n      - { name: push it, run: docker push x }\n";
  await expect(run(text)).rejects.toMatchObject({
    exit: "usage",
    message: expect.stringContaining("a: push it"),
  });
  expect(seen()).toBe("");
});
