// Every rule is held against its own examples: good passes, bad fails, and it speaks of both.
import { describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { applies, evaluate, worldOf } from "../../../policies/engine/evaluate";
import { type ReadText, subjectsOf } from "../../../policies/engine/examples";
import { readManifests } from "../../../policies/engine/kubernetes/read";
import type { Example, Rule } from "../../../policies/engine/rule";
import { loadRules } from "../../../policies/engine/rules";
import { SURFACES } from "../../../policies/engine/subject";
import type { PlannedValue } from "../../../policies/engine/value";
import { parseYaml } from "../../../policies/engine/yaml";
import { ROOT } from "../repository";

const clauses = new Set(loadContract(ROOT).clauses.map(({ id }) => id));

const readText: ReadText = (surface, type, text) => {
  if (surface === "kubernetes") {
    const { subjects, problems } = readManifests("example.yaml", text);
    if (problems.length > 0) throw new Error(problems[0]!.message);
    return subjects;
  }
  const { value, problems } = parseYaml("example.yaml", text);
  if (problems.length > 0) throw new Error(problems[0]!.message);
  const properties = value as Record<string, PlannedValue>;
  const name = String(properties.name ?? "example");
  return [
    {
      surface,
      type,
      id: name,
      name,
      environment: "",
      properties,
      references: () => [],
      at: () => undefined,
    },
  ];
};

function verdicts(rule: Rule, example: Example): string[] {
  const subjects = subjectsOf(rule, example, readText);
  const world = worldOf(subjects, {
    today: new Date(`${example.today ?? "2026-11-25"}T00:00:00Z`),
    hasFile: (path) => example.files?.includes(path) ?? false,
  });
  expect(subjects.some((subject) => applies(rule, subject, world))).toBe(true);
  return evaluate(subjects, [rule], world).map(({ verdict }) => verdict);
}

describe("rules", async () => {
  for (const rule of await loadRules())
    describe(rule.id, () => {
      it("passes its good example", () => {
        expect(new Set(verdicts(rule, rule.examples.good))).toEqual(new Set(["pass"]));
      });

      it("fails its bad example", () => {
        expect(verdicts(rule, rule.examples.bad)).toContain("fail");
      });

      it("serves clauses that the contract has, or a standard with its edition", () => {
        expect(rule.clauses.filter((id) => !clauses.has(id))).toEqual([]);
        expect(rule.clauses.length + (rule.standards?.length ?? 0)).toBeGreaterThan(0);
      });

      it("says what holds, why and what to do", () => {
        for (const sentence of [rule.title, rule.why, rule.remedy])
          expect(sentence.length).toBeGreaterThan(15);
      });
    });
});

it.each(SURFACES)("loads every rule of the surface %s when only that one is asked for", async (surface) => {
  const all = (await loadRules()).filter(({ applies: named }) =>
    named.some((each) => each.surface === surface),
  );
  expect((await loadRules([surface])).map(({ id }) => id)).toEqual(all.map(({ id }) => id));
});
