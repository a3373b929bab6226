// Runs a workflow's steps in order on this machine, in the sandbox, as far as they can be: what cannot is named with its reason.

import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import type { Core } from "../core/tools";
import {
  type Contexts,
  chosen,
  cloudSteps,
  contextsOf,
  environment,
  filled,
  parsed,
  type RunRequest,
} from "./contexts";
import { type ExpressionValue, holds, interpolate, type Scope } from "./expression";
import { isMapping, type Pipeline, type PipelineJob, type Step, stepsOf } from "./model";
import type { PipelineRun, PipelineTools } from "./port";

export interface StepResult {
  job: string;
  step: string;
  outcome: "pass" | "fail" | "skipped";
  /** Exit code, or why it was skipped. */
  detail: string;
  exitCode: number;
}

export interface PipelineResult {
  results: readonly StepResult[];
  /** Names of what was collected, by artifact. */
  artifacts: Readonly<Record<string, readonly string[]>>;
  /** Exit code of the first step that failed, 0 when none did. */
  exitCode: number;
}

interface Running {
  context: PipelineTools & Pick<Core, "progress" | "signal">;
  pipeline: Pipeline;
  request: RunRequest;
  run: PipelineRun;
  results: StepResult[];
  artifacts: Record<string, readonly string[]>;
}

/** @throws OpsError usage before anything runs when a step would reach beyond this machine */
export async function runPipeline(
  context: PipelineTools & Pick<Core, "progress" | "signal">,
  pipeline: Pipeline,
  request: RunRequest,
  run: PipelineRun,
): Promise<PipelineResult> {
  const refused = await cloudSteps(pipeline, request);
  if (refused.length > 0)
    throw new OpsError(
      "usage",
      `${pipeline.name} has steps that act beyond this machine: ${refused.join("; ")}`,
      {
        expected: "a workflow, or inputs, whose steps stay in the sandbox",
        todo: "choose the sandbox by --input (environment=sandbox), or run the workflow on GitHub",
      },
    );
  const running: Running = { context, pipeline, request, run, results: [], artifacts: {} };
  const needs: Record<
    string,
    { result: "success" | "failure" | "skipped"; outputs: Record<string, string> }
  > = {};
  for (const job of pipeline.jobs) needs[job.id] = { result: await runJob(running, job, needs), outputs: {} };
  const first = running.results.find(({ outcome }) => outcome === "fail");
  return { results: running.results, artifacts: running.artifacts, exitCode: first?.exitCode ?? 0 };
}

async function runJob(
  running: Running,
  job: PipelineJob,
  needs: Readonly<Record<string, { result: string; outputs: Record<string, string> }>>,
): Promise<"success" | "failure" | "skipped"> {
  const contexts = { ...contextsOf(running.pipeline, running.request), needs: needs as ExpressionValue };
  const before = job.needs.map((id) => needs[id]?.result);
  const status = before.includes("failure") || before.includes("skipped") ? "failure" : "success";
  if (!(await holds(job.condition, { contexts, status }))) {
    running.results.push({
      job: job.id,
      step: "(the whole job)",
      outcome: "skipped",
      detail: "its condition is false",
      exitCode: 0,
    });
    return "skipped";
  }
  let failed = false;
  for (const matrix of chosen(job, running.request.matrix)) {
    const inner = { ...contexts, matrix };
    const label = [job.id, ...Object.values(matrix)].join(" ");
    const env = await environment(running.pipeline, job, inner);
    failed = (await runSteps(running, label, job.steps, { ...inner, env }, {})) === "failure" || failed;
  }
  return failed ? "failure" : "success";
}

/** Steps of a job or of our own action, one after another; after a failure only those whose condition asks for it. */
async function runSteps(
  running: Running,
  job: string,
  steps: readonly Step[],
  contexts: Contexts,
  outputs: Record<string, { outputs: Record<string, string> }>,
  begun: Scope["status"] = "success",
): Promise<"success" | "failure"> {
  let status: Scope["status"] = begun;
  for (const step of steps) {
    if (running.context.signal.aborted) throw running.context.signal.reason;
    const scope: Scope = { contexts: { ...contexts, steps: outputs }, status };
    const outer = isMapping(contexts.env) ? (contexts.env as Record<string, string>) : {};
    const env = { ...outer, ...(await filled(step.env, scope)) };
    const inner: Scope = { contexts: { ...scope.contexts, env }, status };
    if (!(await holds(step.condition, inner))) {
      const why = (await holds(step.condition, { ...inner, status: "success" }))
        ? "an earlier step failed"
        : "its condition is false";
      running.results.push({ job, step: step.name, outcome: "skipped", detail: why, exitCode: 0 });
      continue;
    }
    const done = await runStep(running, job, step, inner, env);
    if (step.id !== undefined) outputs[step.id] = { outputs: done.outputs };
    if (done.exitCode !== 0 && !step.continueOnError) status = "failure";
  }
  return status === "failure" ? "failure" : "success";
}

interface Done {
  exitCode: number;
  outputs: Record<string, string>;
}

async function runStep(
  running: Running,
  job: string,
  step: Step,
  scope: Scope,
  env: Record<string, string>,
): Promise<Done> {
  const { context, run, results } = running;
  const skipped = (detail: string): Done => {
    results.push({ job, step: step.name, outcome: "skipped", detail, exitCode: 0 });
    return { exitCode: 0, outputs: {} };
  };
  if (step.run !== undefined) {
    const script = await interpolate(step.run, scope);
    const log = `${String(results.length + 1).padStart(2, "0")}-${step.name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 40)}.log`;
    const done = await context.progress.phase(`${job}: ${step.name}`, (phase) =>
      run.script(script, { env, log, signal: context.signal, onLine: (line) => phase.note(line) }),
    );
    const { exitCode, lines } = done;
    if (exitCode !== 0)
      for (const line of complaints(lines)) context.progress.say("error", `${step.name}: ${line}`);
    results.push({
      job,
      step: step.name,
      outcome: exitCode === 0 ? "pass" : "fail",
      detail: `exit ${exitCode}, ${log}`,
      exitCode,
    });
    return done;
  }
  const uses = step.uses ?? "";
  if (uses.startsWith("./")) return composite(running, job, step, scope);
  if (uses.startsWith("actions/upload-artifact@")) {
    const given = await filled(step.with, scope);
    const name = given.name ?? "artifact";
    const paths = (given.path ?? "")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    running.artifacts[name] = await run.collect(name, paths);
    results.push({
      job,
      step: step.name,
      outcome: "pass",
      detail: `collected as artifacts/${name}`,
      exitCode: 0,
    });
    return { exitCode: 0, outputs: {} };
  }
  return skipped(`${uses.split("@")[0]} runs on GitHub only`);
}

/** So many lines of a failed step are shown at once; its log has them all. */
const SHOWN_LINES = 10;

/** The lines that `ops` marks as failed or, of any other program, its last ones. */
function complaints(lines: readonly string[]): string[] {
  const marked = lines.flatMap((line) => /✗\s*(.*)/.exec(line)?.[1] ?? []);
  return marked.length > 0 ? marked.slice(0, SHOWN_LINES) : lines.slice(-SHOWN_LINES);
}

/** Our own composite action: its steps, under the caller's name; its outputs by its own expressions. */
async function composite(running: Running, job: string, step: Step, scope: Scope): Promise<Done> {
  const file = `${step.uses}/action.yaml`;
  const action = parsed(file, await running.context.pipelines.action(step.uses ?? ""));
  const { runs, outputs: declared } = isMapping(action) ? action : {};
  const outputs: Record<string, { outputs: Record<string, string> }> = {};
  const contexts = { ...scope.contexts, inputs: await filled(step.with, scope) };
  const status = await runSteps(
    running,
    job,
    stepsOf(isMapping(runs) ? runs.steps : undefined),
    contexts,
    outputs,
  );
  const values = Object.entries(isMapping(declared) ? declared : {}).map(
    ([name, each]) => [name, isMapping(each) ? String(each.value ?? "") : ""] as const,
  );
  const seen: Scope = { contexts: { ...contexts, steps: outputs }, status: "success" };
  return {
    exitCode: status === "failure" ? 1 : 0,
    outputs: await filled(Object.fromEntries(values), seen),
  };
}

/** One check a step; a skipped one is not applicable, with its reason. */
export const checksOf = (results: readonly StepResult[]): Check[] =>
  results.map(({ job, step, outcome, detail }) => ({
    name: `${job}: ${step}`,
    verdict: outcome === "skipped" ? "not-applicable" : outcome,
    detail,
  }));
