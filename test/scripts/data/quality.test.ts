// What a check of the data remembers, shows and is declared by: pure parts, whatever the database says.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadDataRules } from "../../../policies/data/load";
import { bindPlaceholders } from "../../../policies/data/placeholders";
import type { DataRule } from "../../../policies/data/quality";
import { fits } from "../../../policies/data/values";
import { loadRoster } from "../../../policies/service/roster";
import { looksPersonal, shownKey } from "../../../scripts/data/quality/keys";
import { checkOf } from "../../../scripts/data/quality/outcome";
import { bindNamed } from "../../../scripts/data/quality/parameters";
import { emptyResult, type RuleResult } from "../../../scripts/data/quality/result";
import { parseCsv, statementJson } from "../../../scripts/data/quality/statement";
import { isDue, remember, trendOf } from "../../../scripts/data/quality/work";
import { problemsOf, ROOT, repository } from "../../policies/repository";

const SECRET = Buffer.from("secret");
const DAY_MS = 86_400_000;
const NOW = new Date("2026-12-01T00:00:00Z");
const DEADLINES = { deadlines: { error: 3, warning: 30 } };

const rule = (more: Partial<DataRule> = {}): DataRule =>
  ({
    id: "a-rule",
    title: { zh: "错", en: "Wrong" },
    clause: "DATA-CLEAN",
    modules: ["orders"],
    severity: "error",
    owner: "data-steward",
    cadence: "daily",
    sample: 10,
    most: 100,
    seconds: 10,
    parameters: {},
    database: "learning",
    keys: [],
    sql: "select",
    ...more,
  }) as DataRule;
const found = (count: number, more: Partial<RuleResult> = {}): RuleResult => ({
  ...emptyResult(rule()),
  count,
  ...more,
});

describe("a key", () => {
  it.each([
    ["order_id", "4711", "4711"],
    ["order_id", "a1b2c3d4-0000-4000-8000-000000000000", "a1b2c3d4-0000-4000-8000-000000000000"],
    ["row", "(0,12)", "(0,12)"],
    ["day", "2024-10-01", "2024-10-01"],
    ["order_id", "13812345678", "#"],
    ["order_id", "+8613812345678", "#"],
    ["order_id", "11010519491231002X", "#"],
    ["order_id", "a@b.cn", "#"],
    ["order_id", "王小明", "#"],
    ["order_id", "x".repeat(100), "#"],
    ["phone", "7", "#"],
    ["learner_name", "7", "#"],
    ["id_card", "7", "#"],
  ])("%s %s is shown as %s", (column, value, shown) => {
    const key = shownKey({ column, personal: false }, value, SECRET);
    if (shown === "#") expect(key).toMatch(/^#[0-9a-f]{16}$/);
    else expect(key).toBe(shown);
  });

  it("that is declared personal is never shown, and its digest needs the secret", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const shown = shownKey({ column: "order_id", personal: true }, value, SECRET);
        expect(shown).toMatch(/^#[0-9a-f]{16}$/);
        expect(shown).not.toBe(shownKey({ column: "order_id", personal: true }, value, Buffer.from("other")));
        expect(shown).toBe(shownKey({ column: "order_id", personal: true }, value, SECRET));
      }),
    );
    expect(looksPersonal({ column: "order_id", personal: false })).toBe(false);
  });
});

describe("what is remembered", () => {
  const inDays = (days: number): Date => new Date(NOW.getTime() + days * DAY_MS);

  it("keeps the first day for as long as a rule finds something, and forgets it when it is gone", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), (counts) => {
        let before: ReturnType<typeof remember> | undefined;
        let since: number | undefined;
        for (const [day, count] of counts.entries()) {
          before = remember([rule()], [found(count)], before, DEADLINES, inDays(day));
          since = count === 0 ? undefined : (since ?? day);
          expect(before.findings.map(({ firstSeen }) => firstSeen)).toEqual(
            since === undefined ? [] : [inDays(since).toISOString()],
          );
        }
      }),
    );
  });

  it("is kept when a rule could not be run, and is overdue all the same", () => {
    const first = remember([rule()], [found(2)], undefined, DEADLINES, NOW);
    const blind = found(0, { unable: ["its table is locked"] });
    const second = remember([rule()], [blind], first, DEADLINES, inDays(1));
    expect(second).toEqual(first);
    const judged = { rule: rule(), result: blind, finding: second.findings[0], trend: { before: 2 } };
    expect(checkOf(judged, inDays(1))).toMatchObject({
      verdict: "inconclusive",
      detail: expect.stringContaining("2: when it was last run"),
    });
    expect(checkOf(judged, inDays(4))).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("OVERDUE"),
    });
  });

  it("forgets rules that are declared no more", () => {
    const first = remember([rule()], [found(2)], undefined, DEADLINES, NOW);
    expect(remember([rule({ id: "another" })], [], first, DEADLINES, NOW)).toEqual({ ran: {}, findings: [] });
  });

  it.each([
    ["daily", 0, true],
    ["daily", 0.01, true],
    ["weekly", 6, false],
    ["weekly", 6.9, true],
    ["monthly", 20, false],
    ["monthly", 28, true],
  ] as const)("of a %s rule that ran %s days ago: due is %s", (cadence, days, due) => {
    const before = { ran: { "a-rule": NOW.toISOString() }, findings: [] };
    expect(isDue(rule({ cadence }), before, inDays(days))).toBe(due);
    expect(isDue(rule({ cadence }), undefined, inDays(days))).toBe(true);
  });

  it("gives the trend: known, known to be none, or not known", () => {
    const before = remember([rule()], [found(7)], undefined, DEADLINES, NOW);
    expect(trendOf("a-rule", before)).toEqual({ before: 7 });
    expect(trendOf("a-rule", { ran: { "a-rule": "x" }, findings: [] })).toEqual({ before: 0 });
    expect(trendOf("a-rule", undefined)).toEqual({ before: undefined });
  });
});

describe("the check of a rule", () => {
  const judge = (result: RuleResult, severity: DataRule["severity"], days = 0) => {
    const of = rule({ severity });
    const memory = remember([of], [{ ...result, rule: of }], undefined, DEADLINES, NOW);
    return checkOf(
      { rule: of, result, finding: memory.findings[0], trend: { before: 3 } },
      new Date(NOW.getTime() + days * DAY_MS),
    );
  };

  it.each([
    ["nothing", found(0), "error", 0, "pass", /^nothing; 3 before$/],
    ["an error", found(5), "error", 0, "fail", /^5: 错 \/ Wrong \(3 before, \+2\).*by 2026-12-04/],
    ["fewer", found(1), "error", 0, "fail", /\(3 before, −2\)/],
    [
      "at least so many",
      found(100, { atLeast: true }),
      "error",
      0,
      "fail",
      /^at least 100:.*now at least \+97/,
    ],
    ["a warning", found(5), "warning", 29, "pass", /^warning: 5: .*by 2026-12-31/],
    ["an overdue warning", found(5), "warning", 30, "fail", /OVERDUE since 2026-12-31/],
    [
      "a warning, and something that could not be looked at",
      found(5, { unable: ["t is a view"] }),
      "warning",
      0,
      "inconclusive",
      /not looked at: t is a view/,
    ],
    [
      "an error, and something that could not be looked at",
      found(5, { unable: ["t is a view"] }),
      "error",
      0,
      "fail",
      /not looked at: t is a view/,
    ],
    [
      "nothing that could be looked at",
      found(0, { unable: ["t is a view"] }),
      "error",
      0,
      "inconclusive",
      /^not looked at: t is a view$/,
    ],
    [
      "nothing to look at",
      found(0, { notApplicable: "no statement" }),
      "error",
      0,
      "not-applicable",
      /^no statement$/,
    ],
  ] as const)("that found %s", (_, result, severity, days, verdict, detail) => {
    expect(judge(result, severity, days)).toMatchObject({ verdict, detail: expect.stringMatching(detail) });
  });
});

describe("a statement", () => {
  const columns = { day: "day", billed: "whole" } as const;

  it("becomes JSON by its declared columns", () => {
    expect(statementJson("bill", '\uFEFFday,billed\r\n2024-10-01, 12\n\n"2024-10-02",3', columns)).toBe(
      JSON.stringify([
        { day: "2024-10-01", billed: "12" },
        { day: "2024-10-02", billed: "3" },
      ]),
    );
  });

  it.each([
    ["", /declared columns/],
    ["date,billed\n2024-10-01,1", /declared columns/],
    ["day,billed\n2024-10-01", /row 1, has 1 fields/],
    ["day,billed\n2024-10-01,1\n2024-02-30,1", /row 2: day cannot be read/],
    ["day,billed\n2024-10-01,13812345678x", /row 1: billed cannot be read$/],
    ['day,billed\n"2024-10-01,1', /declared columns/],
  ])("%j is refused", (text, why) => {
    expect(() => statementJson("bill", text, columns)).toThrow(why);
  });

  it("has fields as RFC 4180 writes them", () => {
    expect(parseCsv('a,"b ""c"", d\r\ne",\r\n,x\r\n')).toEqual([
      ["a", 'b "c", d\r\ne', ""],
      ["", "x"],
    ]);
    expect(parseCsv('a,"b"c')).toBeUndefined();
  });
});

describe("values", () => {
  it("go to the server as bound parameters of PostgreSQL's own types", () => {
    expect(
      bindNamed("select :b, ':a', :a, :b", {
        a: { type: "text", value: "x'" },
        b: { type: "int8", value: "3" },
      }),
    ).toEqual({
      text: "select $1::pg_catalog.int8, ':a', $2::pg_catalog.text, $1::pg_catalog.int8",
      values: ["3", "x'"],
    });
    expect(() => bindNamed("select :a", {})).toThrow(/:a has no value/);
  });

  it.each([
    ["day", "2024-02-29", true],
    ["day", "2023-02-29", false],
    ["day", "2024-2-1", false],
    ["whole", "-12", true],
    ["whole", "1e3", false],
    ["whole", "1234567890123456789", false],
    ["number", "12.50", true],
    ["number", "NaN", false],
    ["text", "", false],
    ["text", "a\0b", false],
  ] as const)("of kind %s: %j fits is %s", (kind, value, fitting) => {
    expect(fits(kind, value)).toBe(fitting);
  });
});

describe("rules", () => {
  const FILE = "policies/data/common/a.yaml";
  const good = `rules:
  - id: a-rule
    title: { zh: 错, en: Wrong }
    clause: DATA-CLEAN
    modules: [orders]
    database: shop
    severity: error
    owner: data-steward
    keys: [id]
    parameters: { days: { kind: whole, default: "3", description: days } }
    sql: SELECT 1 AS id WHERE :days > 3
`;
  const load = (text: string) =>
    loadDataRules(repository({ [FILE]: text }), { rules: ["common"], parameters: {} }, loadRoster(ROOT));

  it.each<[string, string, string]>([
    ["are accepted", good, ""],
    [
      "need an owner of the roster",
      good.replace("data-steward", "nobody"),
      "a.yaml:8:12: nobody on the roster is called nobody",
    ],
    ["have SQL or are generic", good.replace(/ {4}sql.*\n/, ""), "a-rule has neither"],
    ["are not both", good.replace("    sql:", "    generic: sequences\n    sql:"), "a-rule has both"],
    ["have keys", good.replace("    keys: [id]\n", ""), "a-rule has no `keys`"],
    ["say where they look", good.replace("    database: shop\n", ""), "a-rule has no `database`"],
    ["know their parameters", good.replace(":days", ":day"), "unknown parameter :day"],
    ["use their parameters", good.replace(":days", "4"), ":days is declared and not used"],
    ["have defaults that fit", good.replace('"3"', '"three"'), 'found "three"'],
    [
      "are one statement that reads",
      good.replace("SELECT 1", "SELECT 1; DELETE"),
      "one SELECT without a semicolon",
    ],
    ["are of a severity that there is", good.replace("error", "fatal"), "one of error, warning"],
    ["have an id once", good + good.replace("rules:\n", ""), "a-rule stands in"],
  ])("%s", (_, text, message) => {
    const problems = problemsOf(() => load(text)).join("\n");
    if (message === "") expect(problems).toBe("");
    else expect(problems).toContain(message);
  });

  it("take a platform's values of their parameters", () => {
    const root = repository({ [FILE]: good });
    const [one] = loadDataRules(root, { rules: ["common"], parameters: { days: "9" } }, loadRoster(ROOT));
    expect(one!.parameters.days!.default).toBe("9");
    expect(load(good)[0]).toMatchObject({
      keys: [{ column: "id", personal: false }],
      sample: 10,
      cadence: "daily",
    });
  });

  it("name parameters only where SQL has room for them", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const literal = `'${text.replaceAll("'", "''")}'`;
        expect(bindPlaceholders(`select ${literal}, :a`)).toEqual({
          text: `select ${literal}, $1`,
          names: ["a"],
        });
      }),
    );
  });
});
