// `ops data apply`: writes a plan that two people stand behind.
import { OpsError } from "../../core/errors";
import { applyPlan } from "../../data/repair/apply";
import { approvalCheck } from "../../data/repair/approval";
import { readPlan, rowsFile } from "../../data/repair/make-plan";
import { appliedOutcome } from "../../data/repair/outcomes";
import { digestOf, totalOf } from "../../data/repair/plan";
import { defineCommand } from "../../job";
import { REPAIR } from "./xids";

export default defineCommand({
  summary: "Apply the plan of a repair, in short transactions, each row kept as it was",
  clauses: ["DATA-MISTAKE"],
  effect: "writes",
  evidence: { kind: "data-repair" },
  arguments: {
    repair: REPAIR,
    approval: {
      kind: "list",
      value: "branch",
      description: "branches whose newest commits approve it, signed by two people",
    },
  },
  examples: [
    {
      command:
        "ops data apply 20261123t023004-0a1b2c --approval repair/orders --approval repair/orders-second",
      what: "The plan that two people signed.",
    },
  ],
  async plan(context, { repair }) {
    const { plan } = await readPlan(context, repair);
    const { writes } = totalOf(plan);
    return [
      "check the plan's digest, the cluster, the approval of two people, the login's rights",
      `write ${writes} rows in transactions of at most half a second, each row kept as it was in ops_quarantine`,
      ...plan.tables.flatMap(({ statements }) => [...statements]),
      `check foreign keys and ${plan.invariants.length} invariants before committing`,
    ];
  },
  async run(context, { repair, approval }) {
    const { plan, text } = await readPlan(context, repair);
    const approvals = approval.length > 0 ? await context.delivery.approvals.commits(approval) : [];
    const words = approvals.flatMap((each) =>
      each.kind === "commit"
        ? [{ place: `commit ${each.commit.slice(0, 12)}`, text: each.message, signer: each.signer }]
        : [],
    );
    const approved = approvalCheck(context.environment, { id: plan.id, digest: digestOf(text) }, words);
    context.progress.check(approved);
    if (approved.verdict === "fail")
      throw new OpsError("proofs", `repair ${plan.id} is not approved: ${approved.detail}`, {
        expected: "two people of the roster, each with a signed commit that names the plan's digest",
        todo: "the text to sign is what `ops data undo` printed; nothing was written",
      });
    const rows = rowsFile(context, plan.id);
    const applied = await applyPlan(context, plan, rows);
    // From here on the database keeps what they were.
    await context.rowFiles.remove(rows);
    return appliedOutcome(plan, { ...applied, checks: [approved, ...applied.checks] });
  },
});
