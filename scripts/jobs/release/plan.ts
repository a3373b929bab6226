// `ops release plan`: what would change, what the gates say, the notes.
import { viewOnly } from "../../core/view-only";
import { defineCommand } from "../../job";
import { checkGates, stopped } from "../../release/check-gates";
import { notesOf } from "../../release/deliver";
import { planForward } from "../../release/forward";
import { approvalText } from "../../release/override";
import { todoBlock, todoOf } from "../../release/remedies";
import { renderChanges, renderChecks } from "../../release/report";
import { readEnvironment } from "../../release/state";
import { VERSIONS } from "./options";

export default defineCommand({
  summary: "Show what would change, what the gates say, and the notes",
  arguments: VERSIONS,
  effect: "reads",
  evidence: { none: "it only shows; what is released leaves evidence of its own" },
  examples: [
    {
      command: "ops release plan learning-web=1.1.0",
      what: "The changes, the verdict of each gate, and the notes.",
    },
  ],
  plan: async ({ environment }) => [
    `show what would change in ${environment}, what the gates say, and the notes`,
  ],
  async run(context, { versions }) {
    const { delivery, environment, color, width } = context;
    const plan = await planForward(context, versions, await readEnvironment(delivery, environment));
    const checks = await checkGates(context, plan, "forward");
    const bad = stopped(checks).map(({ name }) => name);
    const [first] = bad;
    const todo = first === undefined ? [] : todoOf(stopped(checks), plan, "ship");
    const lines = [
      renderChanges({ plan, color }),
      renderChecks({ checks, color, width }),
      notesOf({ plan }).trim(),
      "",
      `Digest    ${plan.digest}`,
      first === undefined ? "Gates     all open" : `Stopped   by ${bad.join(", ")}`,
      ...todoBlock(todo),
      ...(first === undefined
        ? []
        : [
            "Approval  of a second person, as the last paragraph of a signed commit:",
            approvalText(first, plan.digest),
          ]),
    ];
    const { digest, changes } = plan;
    return viewOnly({
      record: false,
      checks,
      summary: lines.join("\n"),
      json: { environment: plan.environment, digest, changes, checks, stopped: bad, todo },
      exit: first === undefined ? "ok" : "gate",
    });
  },
});
