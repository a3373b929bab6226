// Whatever stands in a file: readers give subjects or problems with a place, in bounded time, and never throw.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate, worldOf } from "../../../policies/engine/evaluate";
import { FILE_KINDS, type Reader } from "../../../policies/engine/files";
import { readJson } from "../../../policies/engine/json";
import { loadRules } from "../../../policies/engine/rules";
import type { Subject } from "../../../policies/engine/subject";
import type { Problem } from "../../../policies/engine/yaml";
import { deployedSubjects } from "../../../scripts/check/deployed";
import { ROOT } from "../repository";

const READERS: readonly Reader[] = [...new Set(FILE_KINDS.map(({ read }) => read)), deployedSubjects];

const files = (folder: string): string[] =>
  readdirSync(path.join(ROOT, folder)).map((file) => readFileSync(path.join(ROOT, folder, file), "utf8"));

/** Real texts, so that a mutation gets past the first line. */
const REAL = [
  ...files("policies/service/integrations"),
  ...files("runbooks/procedures").slice(0, 2),
  "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - {name: web, image: a@sha256:1}\n",
  "on: [push]\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: a/b@v1\n      - run: |\n          echo hi\n",
  '{"steps":[{"op":"create","urn":"urn:pulumi:prod-data::n::t::x","newState":{"urn":"urn:pulumi:prod-data::n::t::x","type":"alicloud:rds/instance:Instance","custom":true,"inputs":{"a":[1,{"b":null}]},"propertyDependencies":{"a":["u"]}}}]}',
  '{"deployment":{"resources":[{"urn":"urn:pulumi:dr-data::n::t::x","type":"t","inputs":{}}]}}',
];

const FRAGMENTS = [
  "\t",
  "\r\n",
  "---\n",
  "&a ",
  "*a",
  "<<: *a\n",
  "{",
  "}",
  "[",
  "]",
  '"',
  "'",
  "|",
  ">",
  ": ",
  "- ",
  "\0",
  "\uFEFF",
  "\u2028",
  "!!binary ",
  "!x ",
  "? ",
  "#",
  "%YAML 9\n",
  "null",
  "~",
  "__proto__: 1\n",
  "constructor",
  "1e999",
  "\\u0000",
  "\ud800",
];

const mutation = fc.record({
  text: fc.constantFrom(...REAL),
  edits: fc.array(
    fc.record({
      at: fc.nat(2000),
      cut: fc.nat(12),
      put: fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 6, unit: "binary" })),
    }),
    { maxLength: 5 },
  ),
});

const mutated = ({
  text,
  edits,
}: {
  text: string;
  edits: { at: number; cut: number; put: string }[];
}): string =>
  edits.reduce((whole, { at, cut, put }) => {
    const place = at % (whole.length + 1);
    return whole.slice(0, place) + put + whole.slice(place + cut);
  }, text);

function held(text: string, { subjects, problems }: { subjects: Subject[]; problems: Problem[] }): void {
  const lines = text.split("\n").length;
  for (const { line, column, message } of problems) {
    expect(message).not.toBe("");
    expect(line >= 1 && line <= lines + 1 && column >= 1).toBe(true);
  }
  for (const subject of subjects) {
    const place = subject.at(["spec", "x", 3]);
    expect(place === undefined || (place.line >= 1 && place.line <= lines && place.column >= 1)).toBe(true);
    expect(subject.id).not.toBe("");
  }
}

describe("readers", () => {
  it("take mutated real files", () => {
    fc.assert(
      fc.property(mutation, (each) => {
        const text = mutated(each);
        for (const read of READERS) held(text, read("some/file.yaml", text));
      }),
      { numRuns: 300 },
    );
  });

  it("take any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), (text) => {
        for (const read of READERS) held(text, read("some/file.yaml", text));
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, string]>([
    ["50 MB of text", "a: b\n".repeat(10_000_000)],
    ["50 MB of JSON", `[${"1,".repeat(25_000_000)}1]`],
  ])("refuse %s with a message", (_, text) => {
    for (const read of READERS) {
      const { subjects, problems } = read("large.yaml", text);
      expect(subjects).toEqual([]);
      expect(problems[0]!.message).toMatch(/^\d+ Mi characters$/);
    }
  });

  it.each<[string, string]>([
    ["deep brackets", "[".repeat(100_000)],
    ["deep mappings", "{a: ".repeat(100_000)],
    ["deep JSON", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`],
    ["a deep block", Array.from({ length: 3000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n")],
  ])("refuse %s", (_, text) => {
    for (const read of READERS.filter((each) => each !== READERS.find((one) => one.name === "readRunbook"))) {
      const { problems } = read("deep.yaml", text);
      expect(problems.length).toBeGreaterThan(0);
    }
  });
});

describe("rules", () => {
  it("judge the oddest subject: it fails, and takes nothing down", async () => {
    const rules = await loadRules();
    const value = fc.jsonValue({ maxDepth: 3 });
    const types = rules.flatMap(({ applies }) =>
      applies.flatMap(({ surface, types: each }) => each.map((type) => ({ surface, type }))),
    );
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.dictionary(fc.string(), value), (kind, properties) => {
        const subject = {
          ...kind,
          id: "odd",
          name: "odd",
          environment: "prod",
          properties,
          references: () => ["nowhere"],
          at: () => undefined,
        } as unknown as Subject;
        const world = worldOf([subject], { today: new Date(0), hasFile: () => false });
        for (const { verdict, findings } of evaluate([subject], rules, world))
          expect(verdict === "pass").toBe(findings.length === 0);
      }),
      { numRuns: 300 },
    );
  });
});

describe("places in JSON", () => {
  it("are where the value stands", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2, "\t"), (value, space) => {
        const text = JSON.stringify(value, null, space);
        const json = readJson("x.json", text);
        const visit = (each: unknown, at: (string | number)[]): void => {
          const { line, column } = json.at(at);
          const rest = text
            .split("\n")
            .slice(line - 1)
            .join("\n")
            .slice(column - 1);
          const begins =
            typeof each === "object" && each !== null
              ? Array.isArray(each)
                ? "["
                : "{"
              : JSON.stringify(each);
          expect(rest.startsWith(begins)).toBe(true);
          if (typeof each === "object" && each !== null)
            for (const [key, child] of Object.entries(each))
              visit(child, [...at, Array.isArray(each) ? Number(key) : key]);
        };
        visit(value, []);
      }),
      { numRuns: 200 },
    );
  });
});
