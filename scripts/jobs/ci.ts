// `ops ci`: runs a workflow of .github on this machine, in the sandbox, and keeps what GitHub would have shown.

import type { Context } from "../context";
import { EXIT, type ExitName } from "../core/errors";
import type { Outcome } from "../core/outcome";
import { type Cell, renderTable, type Tone } from "../core/table";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";
import { commentText } from "../pipeline/comment";
import { cloudSteps, loadPipeline } from "../pipeline/contexts";
import { checksOf, runPipeline, type StepResult } from "../pipeline/run";

const TONES: Readonly<Record<StepResult["outcome"], Tone>> = { pass: "good", fail: "bad", skipped: "dim" };

export default defineJob({
  name: "ci",
  purpose: "change",
  summary: "Run a workflow of .github/workflows here, in the sandbox, step by step as GitHub would",
  clauses: ["SEC-RELEASE", "DR-DRILL"],
  cadence: "event",
  effect: "isolated",
  evidence: { none: "the jobs that its steps run leave their own evidence" },
  arguments: {
    workflow: {
      kind: "text",
      names: "workflow",
      positional: true,
      description: "a file of .github/workflows, without .yaml (default: list them)",
    },
    input: { kind: "pairs", needs: "workflow", description: "inputs of workflow_dispatch, comma-separated" },
    matrix: {
      kind: "pairs",
      needs: "workflow",
      description: "only these values of a matrix, comma-separated",
    },
    base: {
      kind: "text",
      names: "commit",
      needs: "workflow",
      value: "ref",
      description: "the commit that a pull request is compared with (default: HEAD~1)",
    },
  },
  examples: [
    { command: "ops ci", what: "Which workflows there are, and which of them can run here." },
    {
      command: "ops ci nightly-backup-verification --input environment=sandbox",
      what: "The nightly verification of the sandbox's last backup.",
    },
    {
      command: "ops ci dr-drill --input approver=chen-jing,scale=0.1",
      what: "The drill, from creating the sandbox to removing it.",
    },
  ],
  offline: true,
  target: "sandbox",
  async plan(context, { workflow: name, input: inputs, matrix, base }) {
    if (name === undefined) return ["list the workflows"];
    const pipeline = await loadPipeline(context, name);
    const beyond = await cloudSteps(pipeline, { inputs, matrix, base });
    return [
      ...(beyond.length > 0 ? [`refuse: ${beyond.join("; ")} would act beyond this machine`] : []),
      ...pipeline.jobs.flatMap((job) =>
        job.steps.map((step) => `${job.id}: ${step.run?.trim().split("\n")[0] ?? step.name}`),
      ),
    ];
  },
  async run(context, { workflow: name, input: inputs, matrix, base }) {
    if (name === undefined) return listed(context);
    const pipeline = await loadPipeline(context, name);
    const run = await context.pipelines.open(`${name}-${context.newId()}`);
    const { results, artifacts, exitCode } = await runPipeline(
      context,
      pipeline,
      { inputs, matrix, base },
      run,
    );
    const summary = await run.summary();
    const comment = await run.write("comment.md", commentText({ title: `ops ci ${name}`, summary }));
    return {
      checks: checksOf(results),
      measurements: [],
      artifacts: [],
      facts: { directory: run.directory, artifacts },
      exit: exitOf(exitCode),
      summary: [table(results, context), `Run      ${run.directory}`, `Comment  ${comment}`].join("\n"),
      json: { directory: run.directory, results, artifacts, exitCode },
    };
  },
});

/** Of a program that is not ours, whatever it was: failed. */
function exitOf(code: number): ExitName {
  const names = Object.keys(EXIT) as ExitName[];
  return names.find((name) => EXIT[name].code === code) ?? "fail";
}

function table(results: readonly StepResult[], { color, width }: Context): string {
  const rows = results.map(({ job, step, outcome, detail }): Cell[] => [
    job,
    step,
    { text: outcome, tone: TONES[outcome] },
    detail,
  ]);
  return renderTable({
    head: ["Job", "Step", "", "Detail"],
    rows,
    color,
    maxWidths: [0, 44, 0, Math.max(30, width - 66)],
  });
}

async function listed(context: Context): Promise<Outcome> {
  const names = await context.pipelines.names();
  const rows = await Promise.all(
    names.map(async (name) => {
      const pipeline = await loadPipeline(context, name);
      const inputs = Object.fromEntries(
        pipeline.inputs.map(({ name: input, default: fallback, options }) => [
          input,
          options.includes("sandbox") ? "sandbox" : fallback || "x",
        ]),
      );
      const beyond = await cloudSteps(pipeline, { inputs, matrix: {} });
      return [name, pipeline.triggers.join(", "), beyond.length === 0 ? "yes" : `no: ${beyond.join("; ")}`];
    }),
  );
  return viewOnly({
    summary: renderTable({
      head: ["Workflow", "Started by", "Runs here"],
      rows,
      color: context.color,
      maxWidths: [0, 0, 80],
    }),
    json: rows.map(([name, triggers, runs]) => ({ name, triggers, runs })),
  });
}
