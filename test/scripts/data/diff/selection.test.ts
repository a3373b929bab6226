// Which rows a repair takes, and which of their columns.
import { expect, it } from "vitest";
import { type Selection, selectBy } from "../../../../scripts/data/diff/selection";
import type { ChangedTable, Image } from "../../../../scripts/data/images/change";

const table = {
  database: "d",
  schema: "s",
  name: "t",
  columns: ["id", "status", "note", "sum"].map((name) => ({ name, generated: name === "sum" })),
  key: [0],
} as unknown as ChangedTable;

const select = (selection: Partial<Selection>) =>
  selectBy({ where: [], kinds: [], columns: [], ...selection })(table);

const was: Image = ["1", "paid", "before", null];
const is: Image = ["1", "refunded", "after", null];

it.each<[string, Partial<Selection>, Image | null, Image | null, unknown]>([
  ["everything", {}, was, is, { before: was, after: is }],
  ["nothing that is what it was", {}, was, was, undefined],
  [
    "by the later value",
    { where: [{ column: "status", value: "refunded" }] },
    was,
    is,
    { before: was, after: is },
  ],
  ["not by the earlier value", { where: [{ column: "status", value: "paid" }] }, was, is, undefined],
  [
    "by the earlier value where it is gone",
    { where: [{ column: "status", value: "paid" }] },
    was,
    null,
    { before: was, after: null },
  ],
  [
    "by all conditions",
    {
      where: [
        { column: "status", value: "refunded" },
        { column: "note", value: "other" },
      ],
    },
    was,
    is,
    undefined,
  ],
  ["by kind", { kinds: ["deleted", "inserted"] }, was, is, undefined],
  ["what was inserted", { kinds: ["inserted"] }, null, is, { before: null, after: is }],
  [
    "only some columns",
    { columns: ["status"] },
    was,
    is,
    { before: ["1", "paid", "after", null], after: is },
  ],
  ["a deleted row whole", { columns: ["status"] }, was, null, { before: was, after: null }],
])("takes %s", (_what, selection, before, after, expected) => {
  expect(select(selection)(before, after)).toEqual(expected);
});

it.each(["nowhere", "sum"])("refuses to give back column %s", (column) => {
  expect(() => select({ columns: [column] })).toThrow(`s.t has no column ${column} that could be written`);
});
