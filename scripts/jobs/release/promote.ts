// `ops release promote`: what staging runs goes to production.
import { defineCommand } from "../../job";
import { deliver } from "../../release/deliver";
import { appsOf, stepsOf } from "../../release/forward";
import { planPromote } from "../../release/plans";
import { readEnvironment } from "../../release/state";
import { APPS, OVERRIDE } from "./options";

export default defineCommand({
  summary: "Release to production the versions that staging runs",
  arguments: { ...APPS, ...OVERRIDE },
  examples: [
    { command: "ops release promote --env prod", what: "The versions that staging runs go to production." },
  ],
  async plan({ delivery, environment }, { apps }) {
    const plan = await planPromote(delivery, await readEnvironment(delivery, environment), appsOf(apps));
    return stepsOf(plan, "promote", delivery.rollouts.how);
  },
  async run(context, { apps, override, reason = "", approval }) {
    const state = await readEnvironment(context.delivery, context.environment);
    const plan = await planPromote(context.delivery, state, appsOf(apps));
    const overrideRequest = { gates: override, reason, approvals: approval };
    return deliver(context, { kind: "promote", state, plan, overrideRequest });
  },
});
