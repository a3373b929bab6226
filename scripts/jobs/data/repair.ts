// `ops data repair`: the plan that gives rows back what they were at an instant. Writes nothing to the source.
import { readDifferences } from "../../data/diff/differences";
import { KINDS, selectBy } from "../../data/diff/selection";
import { parseCondition } from "../../data/images/conditions";
import { makePlan } from "../../data/repair/make-plan";
import { planOutcome } from "../../data/repair/outcomes";
import { defineCommand } from "../../job";
import { parseObject } from "../../postgres/object-name";
import { withDrillLock } from "../../restore/lock";
import { conditionsOf, WHERE, WHERE_FILE } from "./conditions";
import { AGAINST, AT, COPY, momentsLine } from "./instants";
import { PLANNED } from "./planned";
import { XIDS } from "./xids";

export default defineCommand({
  summary: "Plan how to give rows back what they were at an instant, whichever transactions changed them",
  clauses: ["DATA-MISTAKE"],
  effect: "isolated",
  evidence: { kind: "data-plan" },
  arguments: {
    at: AT,
    against: {
      ...AGAINST,
      description:
        "the later moment: `now`, or an instant: what was changed after that stays, as with `ops data undo`",
    },
    copy: COPY,
    table: {
      kind: "list",
      required: true,
      description: "tables, as <database>.<schema>.<table>, with their partitions",
    },
    where: {
      ...WHERE,
      description:
        "only rows with this value at the later moment or, where they are gone, before; also '<column> is null'; given several times, all must hold",
    },
    whereFile: WHERE_FILE,
    kind: {
      kind: "list",
      value: "kind",
      pattern: { form: new RegExp(`^(?:${KINDS.join("|")})$`), expected: KINDS.join(", ") },
      description: "only rows that were inserted, updated, deleted",
    },
    column: {
      kind: "list",
      value: "column",
      description: "of rows that were updated give back only these columns",
    },
    by: {
      kind: "list",
      value: "xid",
      pattern: XIDS.pattern,
      description:
        "only rows that these transactions wrote last, by their numbers as `ops data diff` or `blame` shows them",
    },
    ...PLANNED,
  },
  examples: [
    {
      command:
        'ops data repair --at "2026-11-23 09:00" --table learning.learning.orders --where status=refunded --column status',
      what: "Refunded orders get the status that they had at nine.",
    },
    {
      command:
        'ops data repair --at "2026-11-23 09:00" --against "2026-11-23 09:30" --table learning.learning.orders',
      what: "Takes back what anybody did within half an hour; what was changed later stays.",
    },
  ],
  plan: async (_context, { at, against, copy, table, where, policy }) => {
    for (const text of where) parseCondition(text);
    return [
      momentsLine({ at, against, copy }),
      `compare ${table.join(", ")} block by block, then row by row where they differ; choose rows`,
      `hold them against the source as it is now; conflicts: ${policy}`,
      "write the plan, and its rows beside it for ops alone; nothing is written to the source",
    ];
  },
  async run(context, given) {
    const {
      at,
      against,
      copy,
      table,
      where: typed,
      whereFile,
      kind,
      column: columns,
      by,
      ...request
    } = given;
    const tables = table.map((text) => parseObject(text));
    const kinds = KINDS.filter((each) => kind.includes(each));
    const where = await conditionsOf(context, typed, whereFile);
    const select = selectBy({ where, kinds, columns });
    const writtenBy = by.length === 0 ? undefined : new Set(by);
    const wanted = { at, against, copy, tables, writtenBy };
    return withDrillLock(context, "data repair", async () =>
      planOutcome(
        context,
        await makePlan(context, request, (name) => readDifferences(context, wanted, name, select)),
      ),
    );
  },
});
