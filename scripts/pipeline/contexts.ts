// A workflow read from the checkout, what its expressions see here, and which of its steps would reach beyond this machine.
import { parseYaml, showProblem } from "../../policies/engine/yaml";

import { OpsError } from "../core/errors";
import { holds, interpolate, type Scope } from "./expression";
import { isCloudStep, type Pipeline, type PipelineJob, pipelineOf } from "./model";
import type { PipelineTools } from "./port";

export interface RunRequest {
  inputs: Readonly<Record<string, string>>;
  /** Only the combinations that have these values. */
  matrix: Readonly<Record<string, string>>;
  /** What `github.event.pull_request.base.sha` is. */
  base?: string | undefined;
}

/** @throws OpsError config for a file that is no workflow */
export async function loadPipeline({ pipelines }: PipelineTools, name: string): Promise<Pipeline> {
  const { file, text } = await pipelines.workflow(name);
  return pipelineOf(file, parsed(file, text));
}

export function parsed(file: string, text: string): unknown {
  const { value, problems } = parseYaml(file, text);
  if (problems.length > 0) throw new OpsError("config", problems.map(showProblem).join("\n"));
  return value;
}

export type Contexts = Scope["contexts"];

/** @throws OpsError usage for an input or a value that the workflow does not have */
export function contextsOf(pipeline: Pipeline, request: RunRequest): Contexts {
  const known = pipeline.inputs.map(({ name }) => name);
  const unknown = Object.keys(request.inputs).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new OpsError("usage", `${pipeline.name} has no input ${unknown.join(", ")}`, {
      expected: known.join(", ") || "no inputs",
    });
  const inputs = Object.fromEntries(
    pipeline.inputs.map(({ name, default: fallback, required, options }) => {
      const value = request.inputs[name] ?? fallback;
      if (required && value === "")
        throw new OpsError("usage", `the input ${name} is missing`, { expected: `--input ${name}=…` });
      if (options.length > 0 && !options.includes(value))
        throw new OpsError("usage", `${name}: ${value}`, { expected: `one of ${options.join(", ")}` });
      return [name, value];
    }),
  );
  const event = pipeline.triggers.includes("workflow_dispatch")
    ? "workflow_dispatch"
    : (pipeline.triggers[0] ?? "");
  return {
    inputs,
    github: {
      event_name: event,
      event: { pull_request: { base: { sha: request.base ?? "" } } },
      repository: "local",
      token: "",
      actor: "local",
    },
    runner: { environment: "local", os: "Linux" },
    vars: {},
    secrets: {},
    matrix: {},
    needs: {},
    steps: {},
    env: {},
  };
}

export async function filled(
  texts: Readonly<Record<string, string>>,
  scope: Scope,
): Promise<Record<string, string>> {
  const entries = Object.entries(texts).map(
    async ([name, value]) => [name, await interpolate(value, scope)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

export const chosen = (job: PipelineJob, matrix: RunRequest["matrix"]) =>
  job.matrix.filter((each) =>
    Object.entries(matrix).every(([name, value]) => !(name in each) || each[name] === value),
  );

export async function environment(
  pipeline: Pipeline,
  job: PipelineJob,
  contexts: Contexts,
): Promise<Record<string, string>> {
  const outer = await filled(pipeline.env, { contexts, status: "success" });
  const own = await filled(job.env, { contexts: { ...contexts, env: outer }, status: "success" });
  return { ...outer, ...own };
}

/**
 * Steps that would reach beyond this machine under these inputs, by name. A condition that is already false excuses a step.
 */
export async function cloudSteps(pipeline: Pipeline, request: RunRequest): Promise<string[]> {
  const contexts = contextsOf(pipeline, request);
  const named = new Set<string>();
  for (const job of pipeline.jobs)
    for (const matrix of chosen(job, request.matrix)) {
      const inner = { ...contexts, matrix };
      const env = await environment(pipeline, job, inner);
      const scope: Scope = { contexts: { ...inner, env }, status: "success" };
      for (const step of job.steps)
        if (isCloudStep(step) && (await holds(step.condition, scope))) named.add(`${job.id}: ${step.name}`);
    }
  return [...named];
}
