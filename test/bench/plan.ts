// How fast a plan is: npx tsx test/bench/plan.ts [--rounds 3]
// All stacks in one cold `ops plan` against the official program runner of @pulumi/pulumi for the same stacks, interleaved,
// and what one more resource costs. Goals (issue 4): at most 1/5 of the runner's time, at most 6 ms a resource.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import * as alicloud from "@pulumi/alicloud";
import { Evaluator, type Project } from "../../scripts/plan/adapter/evaluate";
import { answer } from "../../scripts/plan/adapter/facts";
import { type LoadedProject, loadProject } from "../../scripts/plan/adapter/project";
import { encodeOutputs } from "../../scripts/plan/adapter/wire";
import { cloudResources, type StackPlan } from "../../scripts/plan/model";
import { runOfficially } from "../stacks/engine";
import { interleave, type Measured, median, report } from "./measure";

const ROOT = path.resolve(__dirname, "../..");
const { values } = parseArgs({ options: { rounds: { type: "string", default: "3" } } });

const wanted = (project: LoadedProject): string[] => [...project.stacks, "drill-sample"];

/** As a user has it: a new process, nothing loaded. */
function ours(home: string): void {
  const command = [path.join(ROOT, "ops"), "plan", "--quiet"];
  const env = { ...process.env, OPS_HOME: home, CI: "1" };
  const done = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8", env, maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`ops plan failed: ${done.stderr}`);
}

/** One process a stack, one after the other, as `pulumi preview` starts them. @returns seconds of the runner alone */
async function officially(project: LoadedProject, plans: ReadonlyMap<string, StackPlan>): Promise<number> {
  let seconds = 0;
  for (const stack of wanted(project)) {
    const hooks = {
      reference: async (name: string) => ({
        outputs: encodeOutputs(name, plans.get(name)!.outputs),
        secretNames: [],
      }),
      invoke: answer,
      locate: () => undefined,
    };
    const run = await runOfficially(stack, hooks, project.config(stack));
    if (run.exitCode !== 0) throw new Error(`${stack} failed under the official runner: ${run.output}`);
    seconds += run.seconds;
  }
  return seconds;
}

/** A chain of buckets: each has the inputs, tags and dependency of a real one. */
function buckets(count: number): Project {
  return {
    name: "bench",
    locate: () => undefined,
    config: () => ({ values: {}, secretKeys: [] }),
    place: (stack) => ({ environment: stack, layer: "" }),
    program: () => async () => {
      let before: alicloud.oss.Bucket | undefined;
      for (let index = 0; index < count; index++) {
        const tags = { purpose: before ? before.id : "first", environment: "bench" };
        before = new alicloud.oss.Bucket(`b${index}`, {
          bucket: `bench-${index}`,
          redundancyType: "ZRS",
          tags,
        });
      }
      return {};
    },
  };
}

/** Seconds of this process's own work, so that what else the machine does counts little; packages are loaded. */
async function marginal(rounds: number): Promise<Measured[]> {
  const [few, many] = [100, 1100];
  const time = (count: number) => async (): Promise<number> => {
    const before = process.cpuUsage();
    const [plan] = await new Evaluator(buckets(count)).evaluate(["one"]);
    const { user, system } = process.cpuUsage(before);
    if (cloudResources(plan!).length !== count) throw new Error("resources are missing");
    return (user + system) / 1e6;
  };
  await time(few)();
  return interleave(
    [
      { name: `${many} resources`, run: time(many) },
      { name: `${few} resources`, run: time(few) },
    ],
    rounds,
  );
}

async function main(): Promise<void> {
  const rounds = Number(values.rounds);
  const project = await loadProject(ROOT);
  const plans = new Map(
    (await new Evaluator(project).evaluate(wanted(project))).map((plan) => [plan.stack, plan]),
  );
  const total = [...plans.values()].reduce((sum, plan) => sum + cloudResources(plan).length, 0);
  const home = mkdtempSync(path.join(tmpdir(), "ops-bench-plan-"));
  try {
    const rows = await interleave(
      [
        { name: "ops plan, one cold process", run: async () => void ours(home) },
        { name: `official runner, ${plans.size} processes`, run: () => officially(project, plans) },
      ],
      rounds,
    );
    console.log(report(`${total} resources in ${plans.size} stacks (goal: ours / official <= 0.20)`, rows));
    const [many, few] = await marginal(rounds);
    const each = many!.seconds.map((seconds, index) => ((seconds - few!.seconds[index]!) * 1000) / 1000);
    console.log(report("\nEvaluation alone, packages loaded, processor time", [many!, few!]));
    console.log(`One more resource: ${median(each).toFixed(2)} ms of processor time (goal: <= 6)`);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

void main();
