// `ops release rollback`: the versions before, in one command.
import { defineCommand } from "../../job";
import { deliver } from "../../release/deliver";
import { appsOf, stepsOf } from "../../release/forward";
import { planRollback } from "../../release/plans";
import { readEnvironment } from "../../release/state";
import { APPS, OVERRIDE } from "./options";

export default defineCommand({
  summary: "Roll back to the previous versions at once",
  arguments: { ...APPS, ...OVERRIDE },
  examples: [{ command: "ops release rollback", what: "The previous digests, in one command." }],
  async plan({ delivery, environment }, { apps }) {
    const { plan } = planRollback(await readEnvironment(delivery, environment), appsOf(apps));
    return stepsOf(plan, "rollback", delivery.rollouts.how);
  },
  async run(context, { apps, override, reason = "", approval }) {
    const state = await readEnvironment(context.delivery, context.environment);
    const { plan, target } = planRollback(state, appsOf(apps));
    const overrideRequest = { gates: override, reason, approvals: approval };
    return deliver(context, { kind: "rollback", state, plan, restores: target.commit, overrideRequest });
  },
});
