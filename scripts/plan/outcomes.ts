// What `ops plan` shows: stacks as trees, as one page, against a commit, against what is deployed.
import type { Outcome } from "../core/outcome";
import type { Core, Terminal } from "../core/tools";
import { viewOnly } from "../core/view-only";
import type { MachineTools } from "../machine/port";
import { type Estimate, estimate, showEstimate, showEstimateChange } from "./cost";
import { type Change, difference, touchedStacks } from "./difference";
import { cloudResources, plain, type StackPlan } from "./model";
import type { PlanTools } from "./port";
import { countVerdicts, markdownChanges, showChanges, showTree } from "./show";
import { parseState } from "./state";

type Tools = PlanTools & MachineTools & Pick<Core, "progress"> & Pick<Terminal, "color">;

export async function drawPlans(
  { infrastructure, host, progress }: Tools,
  file: string,
  plans: readonly StackPlan[],
): Promise<Outcome> {
  const { types } = infrastructure.replacements();
  // Loaded only now: no other command pays for the layout.
  const { planPage } = await progress.phase("draw", () => import("./graph/page.js"));
  const page = await planPage(plans, (type) => types[type]?.stateful === true, "What the stacks declare");
  await host.writeOutput(file, page);
  const total = plans.reduce((sum, plan) => sum + cloudResources(plan).length, 0);
  return viewOnly({
    summary: `${total} resources in ${plans.length} stacks drawn: open ${file} in a browser`,
    artifacts: [],
    json: { file, stacks: plans.map(({ stack }) => stack), resources: total },
  });
}

export function listPlans({ infrastructure, color }: Tools, plans: readonly StackPlan[]): Outcome {
  const total = plans.reduce((sum, plan) => sum + cloudResources(plan).length, 0);
  const prices = infrastructure.prices();
  const trees = plans.map(
    (plan) => `${showTree(plan, color)}\n${showEstimate([estimate(plan, prices)], prices)}`,
  );
  const all = plans.map((plan) => estimate(plan, prices));
  return viewOnly({
    summary: [...trees, `${total} resources in ${plans.length} stacks\n${showEstimate(all, prices)}`].join(
      "\n\n",
    ),
    json: plans.map((plan) => ({
      ...plan,
      resources: plan.resources.map(resourceJson),
      outputs: plain(plan.outputs),
    })),
  });
}

function resourceJson(resource: StackPlan["resources"][number]): unknown {
  return { ...resource, inputs: plain(resource.inputs) };
}

function changeJson({ resource, properties, ...rest }: Change): unknown {
  return {
    ...rest,
    urn: resource.urn,
    type: resource.type,
    name: resource.name,
    source: resource.source,
    properties: properties.map(({ path, before, after, replaces }) => ({
      path,
      before: before === undefined ? null : plain(before),
      after: after === undefined ? null : plain(after),
      replaces,
    })),
  };
}

function changesOutcome(
  title: string,
  changes: readonly Change[],
  color: boolean,
  notes: readonly string[],
): Outcome {
  return viewOnly({
    summary: [showChanges(changes, color), ...notes].join("\n"),
    markdown: markdownChanges(title, changes, notes),
    json: { title, summary: countVerdicts(changes), changes: changes.map(changeJson), notes },
  });
}

export async function comparePlans(
  context: Tools,
  base: string,
  stacks: readonly string[],
  plans: readonly StackPlan[],
  touched: boolean,
): Promise<Outcome> {
  const { infrastructure, progress, color } = context;
  const earlier = await progress.phase(`evaluate the stacks of ${base}`, () =>
    infrastructure.evaluateAt(base, stacks),
  );
  const changes = difference(earlier.plans, plans, infrastructure.replacements());
  if (touched) {
    const names = touchedStacks(changes);
    return viewOnly({ markdown: "", document: `stacks=${JSON.stringify(names)}\n`, json: names });
  }
  const prices = infrastructure.prices();
  const cost = (each: readonly StackPlan[]): Estimate[] => each.map((plan) => estimate(plan, prices));
  const notes = [showEstimateChange(cost(earlier.plans), cost(plans), prices)];
  return changesOutcome(`Plan against ${earlier.commit.slice(0, 10)}`, changes, color, notes);
}

export async function showDrift({ infrastructure, host, color }: Tools, file: string): Promise<Outcome> {
  const deployed = parseState(file, await host.readInput(file));
  const plans = await infrastructure.evaluate([deployed.stack]);
  const changes = difference([deployed], plans, infrastructure.replacements(), { lenient: true });
  return changesOutcome(`Declared against deployed, ${deployed.stack}`, changes, color, [
    "Secrets and values that only the cloud knows are not compared.",
  ]);
}
