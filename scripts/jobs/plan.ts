// `ops plan`: what the stack programs declare, and what a change of them would do to the cloud. Needs no credentials.
import type { Context } from "../context";
import { defineJob } from "../job";
import { comparePlans, drawPlans, listPlans, showDrift } from "../plan/outcomes";

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
    base: {
      kind: "text",
      names: "commit",
      value: "ref",
      excludes: ["state"],
      description: "compare with the stacks of this commit",
    },
    state: { kind: "text", value: "file", description: "compare with this file of `pulumi stack export`" },
    touched: {
      kind: "flag",
      needs: "base",
      description: "print only the permanent stacks that change, as an output of a pipeline's step",
    },
    graph: {
      kind: "text",
      value: "file",
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
  target: "checkout",
  async plan(_, { stacks, base, state, graph: page }) {
    return [
      `evaluate ${stacks.join(",") || "every stack"} in this process, without a cloud`,
      ...(base ? [`evaluate the same stacks as of ${base} and compare`] : []),
      ...(state ? [`compare with the deployed state in ${state}`] : []),
      ...(page ? [`write ${page}`] : []),
    ];
  },
  async run(context, { stacks: wanted, base, state, touched, graph: page }) {
    if (state) return await showDrift(context, state);
    const stacks = await chosen(context, wanted);
    const plans = await context.progress.phase(
      `evaluate ${stacks.length === 1 ? stacks[0] : `${stacks.length} stacks`}`,
      () => context.infrastructure.evaluate(stacks),
    );
    if (page) return await drawPlans(context, page, plans);
    if (!base) return listPlans(context, plans);
    return await comparePlans(context, base, stacks, plans, touched);
  },
});

/** Planned from the template, so that a change of it shows too. */
const SAMPLE_DRILL = "drill-sample";

async function chosen({ infrastructure }: Context, wanted: readonly string[]): Promise<readonly string[]> {
  if (wanted.length > 0) return wanted;
  const known = await infrastructure.stacks();
  return [...known, ...(known.some((name) => name.startsWith("drill-")) ? [] : [SAMPLE_DRILL])];
}
