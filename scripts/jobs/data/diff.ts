// `ops data diff`: which rows are not what they were at an earlier instant, whoever changed them.
import { readDifferences } from "../../data/diff/differences";
import { showDifferences } from "../../data/diff/outcome";
import { maskOf } from "../../data/show";
import { defineCommand } from "../../job";
import { parseObject } from "../../postgres/object-name";
import { withDrillLock } from "../../restore/lock";
import { AGAINST, AT, COPY, momentsLine } from "./instants";

export default defineCommand({
  summary: "Show which rows are not what they were at an instant, by fingerprints first; values masked",
  clauses: ["DATA-MISTAKE"],
  effect: "isolated",
  evidence: { kind: "data-diff" },
  arguments: {
    at: AT,
    against: AGAINST,
    copy: COPY,
    table: {
      kind: "list",
      description: "tables, as <database>.<schema>.<table>, with their partitions (default: every table)",
    },
    rows: { kind: "whole", least: 0, most: 1000, default: 10, description: "rows to show" },
  },
  examples: [
    {
      command: 'ops data diff --at "2026-11-23 09:00" --table learning.learning.orders',
      what: "Orders then and now: where WAL is gone, or too many transactions took part.",
    },
    {
      command: 'ops data diff --at "2026-11-23 09:00" --against "2026-11-23 09:30"',
      what: "What a run of an application did to any table within half an hour.",
    },
  ],
  plan: async (_context, { at, against, copy, table }) => [
    momentsLine({ at, against, copy }),
    `compare ${table.length > 0 ? table.join(", ") : "every table"} block by block by sums of hashes, then row by row where they differ`,
    "put the rows together by key; look them up on the source: who wrote them last",
  ],
  run: (context, { at, against, copy, table, rows }) =>
    withDrillLock(context, "data diff", async () => {
      const tables = table.length > 0 ? table.map((text) => parseObject(text)) : undefined;
      const name = `${context.newId()}.differing-rows`;
      const changes = await readDifferences(context, { at, against, copy, tables }, name);
      return showDifferences(context, changes, rows, maskOf(context.masking.declared()));
    }),
});
