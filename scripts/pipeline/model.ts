// A workflow as `ops ci` reads it: jobs in the order of their needs, their matrix, their steps. Pure; whether the file is right in
// GitHub's eyes is a test's business.
import { OpsError } from "../core/errors";

export type Mapping = Readonly<Record<string, unknown>>;

export interface Step {
  name: string;
  id: string | undefined;
  condition: string | undefined;
  run: string | undefined;
  uses: string | undefined;
  with: Readonly<Record<string, string>>;
  env: Readonly<Record<string, string>>;
  continueOnError: boolean;
}

export interface PipelineJob {
  id: string;
  needs: readonly string[];
  condition: string | undefined;
  env: Readonly<Record<string, string>>;
  /** One entry a run; a job without a matrix has one empty entry. */
  matrix: readonly Readonly<Record<string, string>>[];
  steps: readonly Step[];
}

export interface Input {
  name: string;
  default: string;
  required: boolean;
  options: readonly string[];
}

export interface Pipeline {
  name: string;
  file: string;
  triggers: readonly string[];
  inputs: readonly Input[];
  env: Readonly<Record<string, string>>;
  /** A job stands after all that it needs. */
  jobs: readonly PipelineJob[];
}

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const mapping = (value: unknown): Mapping => (isMapping(value) ? value : {});
const text = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : String(value);
const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(mapping(value)).map(([name, each]) => [name, text(each) ?? ""]));
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.map(String) : value === undefined ? [] : [String(value)];

export function stepOf(value: unknown): Step {
  const {
    name,
    id,
    if: condition,
    run,
    uses,
    with: given,
    env,
    "continue-on-error": goesOn,
  } = mapping(value);
  return {
    name: text(name) ?? text(uses)?.split("@")[0] ?? text(run)?.split("\n")[0] ?? "step",
    id: text(id),
    condition: text(condition),
    run: text(run),
    uses: text(uses),
    with: texts(given),
    env: texts(env),
    continueOnError: goesOn === true,
  };
}

export const stepsOf = (value: unknown): Step[] => (Array.isArray(value) ? value.map(stepOf) : []);

/** All combinations of the lists of a matrix; `include` and `exclude` are not read. */
function combinations(strategy: unknown): Record<string, string>[] {
  const axes = Object.entries(mapping(mapping(strategy).matrix));
  return axes.reduce<Record<string, string>[]>(
    (found, [name, values]) =>
      found.flatMap((each) => list(values).map((value) => ({ ...each, [name]: value }))),
    [{}],
  );
}

function ordered(jobs: readonly PipelineJob[], file: string): PipelineJob[] {
  const done: PipelineJob[] = [];
  let left = [...jobs];
  while (left.length > 0) {
    const ready = left.filter(({ needs }) => needs.every((id) => done.some((job) => job.id === id)));
    if (ready.length === 0)
      throw new OpsError(
        "config",
        `${file}: ${left.map(({ id }) => id).join(", ")} need each other or a job that does not exist`,
      );
    done.push(...ready);
    left = left.filter((job) => !ready.includes(job));
  }
  return done;
}

function inputsOf(dispatch: unknown): Input[] {
  return Object.entries(mapping(mapping(dispatch).inputs)).map(([name, value]) => {
    const { default: fallback, required, options } = mapping(value);
    return { name, default: text(fallback) ?? "", required: required === true, options: list(options) };
  });
}

/** @param value the parsed YAML. @throws OpsError config when jobs need each other in a circle */
export function pipelineOf(file: string, value: unknown): Pipeline {
  const { name, on, env, jobs } = mapping(value);
  const all = Object.entries(mapping(jobs)).map(([id, job]): PipelineJob => {
    const { needs, if: condition, env: own, strategy, steps, uses, with: given } = mapping(job);
    // A job that calls another workflow has one step: that.
    const called =
      uses === undefined
        ? []
        : [{ name: [`call ${text(uses)}`, ...Object.values(texts(given))].join(" "), uses }];
    return {
      id,
      needs: list(needs),
      condition: text(condition),
      env: texts(own),
      matrix: combinations(strategy),
      steps: stepsOf(uses === undefined ? steps : called),
    };
  });
  return {
    name: text(name) ?? file,
    file,
    triggers: isMapping(on) ? Object.keys(on) : list(on),
    inputs: inputsOf(mapping(on).workflow_dispatch),
    env: texts(env),
    jobs: ordered(all, file),
  };
}

/** Programs that act on the cloud, on a registry or on GitHub: never started from a laptop by `ops ci`. */
const CLOUD_PROGRAM = /(^|[\s;&|(])(pulumi|docker|cosign|gh|aliyun|kubectl|sudo)\s/m;
/** Another workflow is none of ours to look into: deploy calls apply, which changes the cloud. */
const CLOUD_ACTION = /^aliyun\/|^\.\/\.github\/workflows\//;

/** True for a step that would reach beyond this machine. */
export const isCloudStep = ({ run, uses }: Step): boolean =>
  (run !== undefined && CLOUD_PROGRAM.test(run)) || (uses !== undefined && CLOUD_ACTION.test(uses));
