// What a query gives out: CSV that every reader reads back and no spreadsheet computes, masked values; what it refuses to be given.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bindPlaceholders } from "../../../policies/data/placeholders";
import { type DataQuery, loadDataQueries } from "../../../policies/data/queries";
import { loadRoster } from "../../../policies/service/roster";
import { strictMask } from "../../../scripts/data/quality/masking";
import { parseCsv } from "../../../scripts/data/quality/statement";
import { bindArguments, readParameterFile } from "../../../scripts/data/query/arguments";
import { csvOf, given, inert, jsonOf, type ResultTable } from "../../../scripts/data/query/table";
import { problemsOf, ROOT, repository } from "../../policies/repository";

const QUERIES = loadDataQueries(ROOT, loadRoster(ROOT));
const of = (id: string): DataQuery => QUERIES.find((query) => query.id === id)!;

const table = (rows: ResultTable["rows"]): ResultTable => ({
  query: {
    ...of("revenue-by-course"),
    columns: [
      { name: "a", title: "甲", kind: "plain" },
      { name: "b", title: "乙,丙", kind: "plain" },
    ],
  },
  rows,
  truncated: false,
});

describe("CSV", () => {
  it("is read back as it was, whatever the text holds", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 8 }), (rows) => {
        const read = parseCsv(csvOf(table(rows)));
        expect(read).toEqual([["甲", "乙,丙"], ...rows.map((row) => row.map(inert))]);
      }),
    );
  });

  it("holds nothing that a spreadsheet computes", () => {
    for (const text of [
      "=1+1",
      "+cmd|' /C calc'!A0",
      "-2+3",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "\n=1",
      " =1",
      "＝1",
      "%0A=1",
      "|x",
    ])
      expect(inert(text)).toBe(`'${text}`);
    for (const text of ["1=1", "王小明", "T000001", "", "a@b"]) expect(inert(text)).toBe(text);
    expect(csvOf(table([[-5, "-5"]]))).toContain("\r\n-5,'-5\r\n");
  });

  it("begins with a byte order mark and ends its lines as RFC 4180 says", () => {
    expect(csvOf(table([["x", null]]))).toBe('\uFEFF甲,"乙,丙"\r\nx,\r\n');
  });
});

it("JSON names the columns and says whether there is more", () => {
  expect(JSON.parse(jsonOf({ ...table([["x", 3]]), truncated: true }))).toMatchObject({
    query: "revenue-by-course",
    truncated: true,
    rows: [{ a: "x", b: 3 }],
  });
});

describe("a value", () => {
  it.each([
    ["name", "王小明", "***"],
    ["mobile", "13812345678", "***"],
    ["personal", "x", "***"],
    ["plain", "数据库原理", "数据库原理"],
    ["plain", "call 13812345678 please", "***"],
    ["plain", "11010519491231002X", "***"],
    ["plain", "who@campus.example", "***"],
    ["plain", "T000000000012345678901", "T000000000012345678901"],
    ["number", "12.50", 12.5],
    ["number", "9223372036854775807", "9223372036854775807"],
  ] as const)("of kind %s, %s, is given out as %s", (kind, text, shown) => {
    expect(given(kind, text, strictMask)).toBe(shown);
    expect(given(kind, null, strictMask)).toBeNull();
  });
});

describe("what a query is given", () => {
  it.each<[string, Record<string, string>, RegExp, RegExp]>([
    ["learner-by-number", {}, /needs learner/, /a whole number/],
    [
      "learner-by-number",
      { learner: "1 or true" },
      /learner of learner-by-number cannot be read/,
      /a whole number/,
    ],
    ["learner-by-number", { learner: "1", lerner: "2" }, /no parameter lerner/, /did you mean "learner"/],
    ["orders-of-a-day", { day: "2024-02-30" }, /day of orders-of-a-day cannot/, /a day such as/],
    [
      "orders-of-a-day",
      { day: "2024-10-01", status: "lost" },
      /status of/,
      /one of pending, paid, cancelled, all/,
    ],
    ["orders-of-a-day", { day: "2024-10-01", __proto__x: "1" }, /no parameter __proto__x/, /day, status/],
  ])("%s refuses %j", (id, values, found, expected) => {
    const refusal = (() => {
      try {
        bindArguments(of(id), values);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toMatchObject({
      exit: "usage",
      message: expect.stringMatching(found),
      expected: expect.stringMatching(expected),
    });
  });

  it("is never repeated when it is wrong", () => {
    expect(() => bindArguments(of("learner-by-number"), { learner: "13812345678x" })).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining("13812345678") }),
    );
  });

  it("may come from a file", () => {
    expect(readParameterFile("# a comment\nname=a=b \r\n\nday=2024-10-01\n")).toEqual({
      name: "a=b ",
      day: "2024-10-01",
    });
    expect(() => readParameterFile("nothing")).toThrow(/line 1/);
  });
});

describe("named parameters", () => {
  it.each([
    ["select :a, :b, :a", "select $1, $2, $1", ["a", "b"]],
    ["select ':a', \":a\", x::int, :a::text", "select ':a', \":a\", x::int, $1::text", ["a"]],
    [
      "select $$ :a $$, $t$ :b $t$ -- :c\n, /* :d */ :e",
      "select $$ :a $$, $t$ :b $t$ -- :c\n, /* :d */ $1",
      ["e"],
    ],
    ["select 'it''s :a' || :b, a[1:2], '12:30'", "select 'it''s :a' || $1, a[1:2], '12:30'", ["b"]],
  ])("of %s", (sql, text, names) => {
    expect(bindPlaceholders(sql)).toEqual({ text, names });
  });
});

describe("the catalogue", () => {
  const FILE = "policies/data/queries/a.yaml";
  const good = `queries:
  - id: a-query
    title: { zh: 查询, en: A query }
    clause: DATA-CLEAN
    database: shop
    owner: data-steward
    parameters: { day: { kind: day, description: a day } }
    columns: [{ name: id, title: 编号, kind: plain }]
    sql: SELECT 1 AS id WHERE :day IS NOT NULL
`;
  const problems = (text: string): string[] =>
    problemsOf(() => loadDataQueries(repository({ [FILE]: text }), loadRoster(ROOT)));

  it.each<[string, string, string]>([
    ["is accepted", good, ""],
    [
      "needs an owner of the roster",
      good.replace("data-steward", "somebody"),
      "a.yaml:6:12: nobody on the roster is called somebody",
    ],
    ["knows its parameters", good.replace(":day", ":dai"), "unknown parameter :dai"],
    ["uses its parameters", good.replace(":day", "1"), ":day is declared and not used"],
    [
      "is one statement",
      good.replace("SELECT 1", "SELECT 1; DROP TABLE x"),
      "one SELECT without a semicolon",
    ],
    ["only reads", good.replace("SELECT 1 AS id WHERE", "DELETE FROM x WHERE"), "one SELECT"],
    [
      "has defaults that fit",
      good.replace("kind: day,", "kind: day, default: yesterday,"),
      'found "yesterday"',
    ],
    ["says of each column what it is", good.replace(", kind: plain", ""), '"kind" is missing'],
    ["has each id once", good + good.replace("queries:\n", ""), "a-query stands in"],
  ])("%s", (_, text, message) => {
    const found = problems(text).join("\n");
    if (message === "") expect(found).toBe("");
    else expect(found).toContain(message);
  });
});
