// `ops data undo`: the plan that takes transactions back. Writes nothing to the source.

import { POLICIES } from "../../data/repair/decide";
import { makePlan } from "../../data/repair/make-plan";
import { planOutcome } from "../../data/repair/outcomes";
import { readChanges } from "../../data/transactions";
import { defineCommand } from "../../job";
import { withDrillLock } from "../../restore/lock";
import { transactionIds, XIDS } from "./xids";

export default defineCommand({
  summary: "Plan how to take transactions back: exactly their rows, what others did since left alone",
  clauses: ["DATA-MISTAKE"],
  effect: "isolated",
  evidence: { kind: "data-plan" },
  arguments: {
    transactions: XIDS,
    policy: {
      kind: "choice",
      choices: POLICIES,
      default: "stop",
      description:
        "rows of which somebody changed the same columns since: stop, keep theirs, or take the older",
    },
    triggers: {
      kind: "choice",
      choices: ["off", "fire"],
      default: "off",
      description: "triggers of the tables stay silent, so that rows become exactly what they were, or fire",
    },
    without: {
      kind: "list",
      value: "invariant",
      description:
        "invariants of the platform that need not hold afterwards: what others changed since may break them",
    },
    mostRows: {
      kind: "whole",
      least: 1,
      default: 100_000,
      description: "more rows are not written by one plan",
    },
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
