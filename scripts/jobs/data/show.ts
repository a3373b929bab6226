// `ops data show`: the rows of a transaction before and after, and who changed them since.
import { maskOf, showChanges } from "../../data/show";
import { readChanges } from "../../data/transactions";
import { defineCommand } from "../../job";
import { withDrillLock } from "../../restore/lock";
import { transactionIds, XIDS } from "./xids";

export default defineCommand({
  summary: "Show the rows of transactions before and after, and who changed them since; values masked",
  clauses: ["DATA-MISTAKE"],
  effect: "isolated",
  evidence: { kind: "data-show" },
  arguments: {
    transactions: XIDS,
    rows: { kind: "whole", least: 0, most: 1000, default: 10, description: "rows to show" },
  },
  examples: [
    { command: "ops data show 8729", what: "Its rows, from a copy that is recovered to just before it." },
  ],
  plan: async (_context, { transactions }) => [
    `find the commits of ${transactions.join(", ")} in archived WAL, and every row that they touched`,
    "restore a copy, recover it to just before each commit and then past it: rows before and after",
    "look the same rows up on the source: unchanged, changed since and by whom, or gone",
  ],
  run: (context, { transactions, rows }) =>
    withDrillLock(context, "data show", async () => {
      const name = `${context.newId()}.shown`;
      const mask = maskOf(context.masking.declared());
      return showChanges(context, await readChanges(context, transactionIds(transactions), name), rows, mask);
    }),
});
