// Who may assume which role: workflows name GitHub environments, roles trust them, SETTINGS.md protects them. All three agree.
import { beforeAll, describe, expect, it } from "vitest";
import { Evaluator } from "../../scripts/plan/adapter/evaluate";
import { loadProject } from "../../scripts/plan/adapter/project";
import { cloudResources, type StackPlan } from "../../scripts/plan/model";
import { LAYERS, STACKS } from "../../stacks/environments";
import { parsed, ROOT, read, WORKFLOWS } from "./repository";

/** Declared for what is not built: protected like the others, assumed by nothing. */
const WITHOUT_WORKFLOW = ["prod-drill", "staging-drill"];

interface Job {
  environment?: string;
  uses?: string;
  with?: { stack?: string; environment?: string };
  steps?: { uses?: string; if?: string }[];
}
interface Workflow {
  on: { workflow_dispatch?: { inputs?: { environment?: { options?: string[] } } } };
  jobs: Record<string, Job>;
}
const workflows = new Map(WORKFLOWS.map((file) => [file, parsed(file) as unknown as Workflow]));
const jobs = [...workflows.values()].flatMap((workflow) => Object.values(workflow.jobs));

const assuming = (job: Job) =>
  job.steps?.find(({ uses }) => uses?.includes("configure-aliyun-credentials-action"));

/** What an expression in an environment's name can become: what callers pass, what people choose, or its literals. */
function environmentsOf(file: string, { environment = "" }: Job): string[] {
  const [expression, inside] = /\$\{\{(.*?)\}\}/.exec(environment) ?? [];
  if (expression === undefined) return environment === "" ? [] : [environment];
  const { workflow_dispatch } = workflows.get(file)!.on;
  const choices = workflow_dispatch?.inputs?.environment?.options;
  const passed = jobs
    .filter(({ uses }) => uses === `./${file}`)
    .flatMap(({ with: given }) => (given?.environment === undefined ? [] : [given.environment]));
  const literals = [...inside!.matchAll(/(?:&&|\|\|) '([a-z]+)'/g)].map((match) => match[1]!);
  const values = inside!.includes("inputs.environment") ? [...(choices ?? []), ...passed] : literals;
  if (values.length === 0) throw new Error(`${file}: nobody knows what ${environment} can become`);
  return [...new Set(values)].map((value) => environment.replace(expression, value));
}

/** Environments in which a job becomes a role of the cloud; the sandbox's does not. */
const inWorkflows = (): string[] => {
  const found = [...workflows].flatMap(([file, workflow]) =>
    Object.values(workflow.jobs)
      .filter((job) => assuming(job) !== undefined)
      .flatMap((job) => {
        const spared = assuming(job)!.if?.includes("!= 'sandbox'") ?? false;
        return environmentsOf(file, job).filter((name) => !(spared && name.startsWith("sandbox-")));
      }),
  );
  return [...new Set(found)].sort();
};

let plans: StackPlan[] = [];
beforeAll(async () => {
  plans = await new Evaluator(await loadProject(ROOT)).evaluate(STACKS);
});

interface Trusted {
  environment: string;
  /** State that whoever is trusted may write. */
  state: string[];
}
function inRoles(): Trusted[] {
  const resources = plans.flatMap(cloudResources);
  return resources
    .filter(({ type }) => type === "alicloud:ram/role:Role")
    .flatMap(({ urn, name, inputs }) => {
      const subjects = /"oidc:sub":("[^"]*"|\[[^\]]*\])/.exec(String(inputs.assumeRolePolicyDocument))?.[1];
      if (!subjects?.includes("repo:")) return [];
      const policy = resources.find(
        (one) => one.type.endsWith(":Policy") && one.name === name && stackOf(one.urn) === stackOf(urn),
      );
      const state = [...String(policy!.inputs.policyDocument).matchAll(/\/netedu\/([a-z-]+)\*/g)].map(
        (match) => match[1]!,
      );
      return [JSON.parse(subjects)].flat().map((subject: string) => ({
        environment: subject.replace(/^repo:[^:]+:environment:/, ""),
        state,
      }));
    });
}
const stackOf = (urn: string): string => urn.split("::")[0]!;

describe("environments on GitHub", () => {
  it("in which a job becomes a role are those that roles trust, and the other way round", () => {
    const trusted = inRoles().map(({ environment }) => environment);
    expect(new Set(trusted).size).toBe(trusted.length);
    expect(trusted.filter((name) => !WITHOUT_WORKFLOW.includes(name)).sort()).toEqual(inWorkflows());
    expect(trusted).toEqual(expect.arrayContaining(WITHOUT_WORKFLOW));
    expect(inWorkflows()).toEqual(
      expect.arrayContaining(["prod-apply-data", "dr-verify", "staging-preview"]),
    );
  });

  it("give each stack that is applied a role that may write its state, of its own layer only", () => {
    const applied = jobs
      .filter(({ uses }) => uses === "./.github/workflows/apply.yaml")
      .map((job) => job.with!);
    expect(applied.map(({ stack }) => stack).sort()).toEqual([...STACKS].sort());
    for (const { stack, environment } of applied) {
      const [role] = inRoles().filter((one) => one.environment === environment);
      expect([stack, role?.state]).toEqual([stack, expect.arrayContaining([stack])]);
      const layer = LAYERS.find((name) => stack!.endsWith(name));
      expect(role!.state.filter((name) => !name.endsWith(`-${layer}`))).toEqual([]);
    }
  });

  it("are all in the table of settings, and no other is", () => {
    const rows = read(".github/SETTINGS.md")
      .split("\n")
      .filter((line) => line.startsWith("| `"));
    const protectedOnes = rows
      .flatMap((line) => [...line.split("|")[1]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!))
      .flatMap((name) =>
        name.includes("<layer>") ? LAYERS.map((layer) => name.replace("<layer>", layer)) : [name],
      );
    const named = [...workflows].flatMap(([file, workflow]) =>
      Object.values(workflow.jobs).flatMap((job) => environmentsOf(file, job)),
    );
    const used = [...new Set([...named, ...WITHOUT_WORKFLOW])].sort();
    expect(used.filter((name) => !protectedOnes.includes(name))).toEqual([]);
    expect(protectedOnes.filter((name) => !used.includes(name))).toEqual([]);
  });
});
