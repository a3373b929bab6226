// `ops release ship`: new versions, through gates and a canary.
import { defineCommand } from "../../job";
import { deliver } from "../../release/deliver";
import { planForward, stepsOf } from "../../release/forward";
import { readEnvironment } from "../../release/state";
import { OVERRIDE, VERSIONS } from "./options";

export default defineCommand({
  summary: "Release new versions through gates and a canary",
  arguments: { ...VERSIONS, ...OVERRIDE },
  examples: [
    {
      command: "ops release ship learning-web=1.1.0",
      what: "Gates and canary; on a regression it is aborted and the previous version serves.",
    },
    {
      command:
        'ops release ship learning-web=1.0.1 --override office-hours --reason "correction of a P2" --approval approve/office-hours',
      what: "Override a gate, with a second person's signed approval.",
    },
  ],
  async plan(context, { versions }) {
    const { delivery, environment } = context;
    const plan = await planForward(context, versions, await readEnvironment(delivery, environment));
    return stepsOf(plan, "ship", delivery.rollouts.how);
  },
  async run(context, { versions, override, reason = "", approval }) {
    const state = await readEnvironment(context.delivery, context.environment);
    const plan = await planForward(context, versions, state);
    const overrideRequest = { gates: override, reason, approvals: approval };
    return deliver(context, { kind: "ship", state, plan, overrideRequest });
  },
});
