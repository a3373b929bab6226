// Statements are read as they come, and what is open follows from them, from the table and from what was decided.

import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StatementForm } from "../../../../policies/data/statements";
import { loadStatements } from "../../../../policies/data/statements";
import { type Entry, type Now, openOf } from "../../../../scripts/data/reconcile/state";
import { csvLines, idOf, readStatement } from "../../../../scripts/data/reconcile/statement";

const FORM: StatementForm = {
  name: "payment",
  platform: "odd",
  files: "*.csv",
  format: "csv",
  zone: "Asia/Shanghai",
  columns: { number: "no", at: "at", status: { column: "state", counts: ["OK"] } },
  matches: { database: "a", table: "b.c", column: "d" },
};

describe("a statement", () => {
  it("is declared for the sandbox", () => {
    const names = loadStatements(path.resolve(__dirname, "../../../.."), "sandbox").map(({ name }) => name);
    expect(names).toEqual(["e-invoice", "payment", "sms"]);
  });

  it("of CSV is read from its heading to its end, whatever stands around it", () => {
    const text =
      '\uFEFFtitle\r\nat,no,state\r\n2026/12/01 08:00:00,`1,OK\r\n"20261201080001","a,""b",OK\r\n2026-12-01T00:00:02Z,3,NO\r\nsum\r\n1\r\n';
    expect(readStatement(FORM, "f.csv", text)).toEqual([
      { id: idOf("payment", "1"), number: "1", at: new Date("2026-12-01T00:00:00Z"), place: "f.csv:3" },
      { id: idOf("payment", 'a,"b'), number: 'a,"b', at: new Date("2026-12-01T00:00:01Z"), place: "f.csv:4" },
    ]);
  });

  it("of JSON is read from its list", () => {
    const form: StatementForm = {
      ...FORM,
      format: "json",
      list: "data.items",
      zone: "+09:00",
      columns: { number: "n", at: "t" },
    };
    expect(
      readStatement(form, "f.json", '{"data":{"items":[{"n":7,"t":"2026-12-01 09:00:00"}]}}'),
    ).toMatchObject([{ number: "7", at: new Date("2026-12-01T00:00:00Z"), place: "f.json:[0]" }]);
  });

  it.each<[string, Partial<StatementForm>, string, RegExp]>([
    ["no heading", {}, "a,b\n1,2\n", /^f has no heading with no, at, state/],
    [
      "a time that is none",
      {},
      "no,at,state\n13812345678,yesterday,OK\n",
      /^f:2 has no time that can be read$/,
    ],
    ["no number", {}, "no,at,state\n,2026-12-01 00:00,OK\n", /^f:2 has no no$/],
    ["broken JSON", { format: "json" }, "{", /^f is no JSON/],
    ["no list", { format: "json", list: "a.b" }, '{"a":1}', /^f holds no list at a\.b/],
  ])("with %s is refused by its place, without its content", (_what, more, text, says) => {
    expect(() => readStatement({ ...FORM, ...more }, "f", text)).toThrow(says);
  });

  it("of CSV gives back every cell that was written", () => {
    const cell = fc.stringMatching(/^[a-z",\n]{0,8}[a-z]$/);
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
        const text = rows
          .map((row) => row.map((each) => `"${each.replaceAll('"', '""')}"`).join(","))
          .join("\n");
        expect(csvLines(text).map(({ cells }) => cells)).toEqual(
          rows.map((row) => row.map((each) => each.trim())),
        );
      }),
    );
  });
});

describe("what is open", () => {
  const at = "2026-12-01T00:00:00.000Z";
  const now = (id: string, there: boolean): Now => ({ id, provider: "p", at: new Date(at), there });
  const entry = (id: string, as: Entry["as"]): Entry => ({ id, provider: "p", at, as });

  it.each<[string, Entry[], Now[], Entry[]]>([
    ["missing and never seen before", [], [now("a", false)], [entry("a", "open")]],
    ["in the table, whatever was said", [entry("a", "open")], [now("a", true)], []],
    ["waived", [entry("a", "waived")], [now("a", false)], []],
    [
      "said to be replayed, and not there",
      [entry("a", "replayed")],
      [now("a", false)],
      [entry("a", "replayed")],
    ],
    ["open before, in no statement now", [entry("a", "open")], [], [entry("a", "open")]],
    ["replayed before, in no statement now", [entry("a", "replayed")], [], []],
  ])("%s", (_what, known, items, open) => {
    expect(openOf(new Map(known.map((each) => [each.id, each])), items)).toEqual(open);
  });
});
