// `ops plan`: what the stack programs declare, and what a change of them would do to the cloud. Needs no credentials.

import type { Context } from "../context";
import type { Outcome } from "../core/outcome";
import { viewOnly } from "../core/view-only";
import { defineJob } from "../job";
import { type Estimate, estimate, showEstimate, showEstimateChange } from "../plan/cost";
import { type Change, difference, touchedStacks } from "../plan/difference";
import { cloudResources, plain, type StackPlan } from "../plan/model";
import { countVerdicts, markdownChanges, showChanges, showTree } from "../plan/show";
import { parseState } from "../plan/state";

export default defineJob({
  name: "plan",
  purpose: "change",
  summary: "Show what the stack programs declare, or what a change of them would do, without credentials",
  clauses: ["DR-BACKUP", "SEC-CONFIG", "ARC-EVENTS"],
  cadence: "event",
  effect: "reads",
  evidence: { none: "a plan is a preview; what was applied is recorded by the pipeline that applies it" },
  arguments: {
    stacks: {
      kind: "list",
      names: "stack",
      positional: true,
      description: "stacks, separated by commas (default: all permanent ones and a drill)",
    },
    base: { kind: "text", excludes: ["state"], description: "compare with the stacks of this commit" },
    state: { kind: "text", description: "compare with this file of `pulumi stack export`" },
    touched: {
      kind: "flag",
      needs: "base",
      description: "print only the permanent stacks that change, as an output of a pipeline's step",
    },
    graph: {
      kind: "text",
      implied: "plan.html",
      excludes: ["base", "state"],
      // A value without .html is most likely a stack that was meant for the command.
      pattern: {
        form: /\.html$/,
        expected: "a file that ends in .html; stacks stand before the option: ops plan prod-data --graph",
      },
      description: "write a page that shows the stacks, into this file (default: plan.html)",
    },
  },
  examples: [
    { command: "ops plan", what: "Every stack as a tree with the settings that matter." },
    { command: "ops plan prod-data", what: "One stack, with everything in it." },
    {
      command: "ops plan --base origin/main",
      what: "What this branch creates, updates, replaces and deletes.",
    },
    { command: "ops plan --graph plan.html", what: "The same as one page for a browser; works offline." },
  ],
  offline: true,
  async plan(_, { stacks, base, state, graph: page }) {
    return [
      `evaluate ${stacks.join(",") || "every stack"} in this process, without a cloud`,
      ...(base ? [`evaluate the same stacks as of ${base} and compare`] : []),
      ...(state ? [`compare with the deployed state in ${state}`] : []),
      ...(page ? [`write ${page}`] : []),
    ];
  },
  async run(context, { stacks: wanted, base, state, touched, graph: page }) {
    if (state) return await drift(context, state);
    const stacks = await chosen(context, wanted);
    const plans = await context.progress.phase(
      `evaluate ${stacks.length === 1 ? stacks[0] : `${stacks.length} stacks`}`,
      () => context.infrastructure.evaluate(stacks),
    );
    if (page) return await drawn(context, page, plans);
    if (!base) return listed(context, plans);
    return await compared(context, base, stacks, plans, touched);
  },
});

async function drawn(
  { infrastructure, host, progress }: Context,
  file: string,
  plans: readonly StackPlan[],
): Promise<Outcome> {
  const { types } = infrastructure.replacements();
  // Loaded only now: no other command pays for the layout.
  const { planPage } = await progress.phase("draw", () => import("../plan/graph/page.js"));
  const page = await planPage(plans, (type) => types[type]?.stateful === true, "What the stacks declare");
  await host.writeText(file, page);
  const total = plans.reduce((sum, plan) => sum + cloudResources(plan).length, 0);
  return viewOnly({
    summary: `${total} resources in ${plans.length} stacks drawn: open ${file} in a browser`,
    artifacts: [],
    json: { file, stacks: plans.map(({ stack }) => stack), resources: total },
  });
}

/** Planned from the template, so that a change of it shows too. */
const SAMPLE_DRILL = "drill-sample";

async function chosen({ infrastructure }: Context, wanted: readonly string[]): Promise<readonly string[]> {
  if (wanted.length > 0) return wanted;
  const known = await infrastructure.stacks();
  return [...known, ...(known.some((name) => name.startsWith("drill-")) ? [] : [SAMPLE_DRILL])];
}

function listed({ infrastructure, color }: Context, plans: readonly StackPlan[]): Outcome {
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

async function compared(
  context: Context,
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

async function drift({ infrastructure, host, color }: Context, file: string): Promise<Outcome> {
  const deployed = parseState(file, await host.readText(file));
  const plans = await infrastructure.evaluate([deployed.stack]);
  const changes = difference([deployed], plans, infrastructure.replacements(), { lenient: true });
  return changesOutcome(`Declared against deployed, ${deployed.stack}`, changes, color, [
    "Secrets and values that only the cloud knows are not compared.",
  ]);
}
