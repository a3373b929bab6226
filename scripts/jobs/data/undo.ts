// `ops data undo`: the plan that takes transactions back. Writes nothing to the source.

import { makePlan } from "../../data/repair/make-plan";
import { planOutcome } from "../../data/repair/outcomes";
import { readChanges } from "../../data/transactions";
import { defineCommand } from "../../job";
import { withDrillLock } from "../../restore/lock";
import { PLANNED } from "./planned";
import { transactionIds, XIDS } from "./xids";

export default defineCommand({
  summary: "Plan how to take transactions back: exactly their rows, what others did since left alone",
  clauses: ["DATA-MISTAKE"],
  effect: "isolated",
  evidence: { kind: "data-plan" },
  arguments: {
    transactions: XIDS,
    ...PLANNED,
  },
  examples: [
    {
      command: "ops data undo 8729",
      what: "A plan to be reviewed and approved; `ops data apply` writes it.",
    },
    {
      command: "ops data undo 8729 8733 --policy keep-newer",
      what: "Two transactions, the later one first.",
    },
  ],
  plan: async (_context, { transactions, policy }) => [
    `find the commits of ${transactions.join(", ")} in archived WAL, and every row that they touched`,
    "restore a copy, recover it to just before each commit and then past it: rows before and after",
    `hold them against the source as it is now; conflicts: ${policy}`,
    "write the plan, and its rows beside it for ops alone; nothing is written to the source",
  ],
  run: (context, { transactions, policy, triggers, mostRows, without }) =>
    withDrillLock(context, "data undo", async () => {
      const xids = transactionIds(transactions);
      const request = { policy, triggers, mostRows, without };
      return planOutcome(
        context,
        await makePlan(context, request, (name) => readChanges(context, xids, name)),
      );
    }),
});
