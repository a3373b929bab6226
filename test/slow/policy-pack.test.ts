// One rule, four sources: the same resources by plan, by preview, by state and by the policy pack give the same findings.
// Preview and state are written by a stand-in for the CLI (../policies/stand-in.ts); the pack is started by Pulumi's own runner.
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { needsOthers, UNKNOWN_POLICY } from "../../policies/crossguard/policies";
import { evaluate, worldOf } from "../../policies/engine/evaluate";
import type { Rule } from "../../policies/engine/rule";
import { loadRules } from "../../policies/engine/rules";
import type { Subject } from "../../policies/engine/subject";
import { readWaivers, WAIVERS_FILE } from "../../policies/engine/waivers";
import { deployedSubjects } from "../../scripts/check/deployed";
import { planSubjects } from "../../scripts/check/stack";
import { createHost } from "../../scripts/machine";
import { createInfrastructure } from "../../scripts/plan/adapter";
import type { StackPlan } from "../../scripts/plan/model";
import { type Pack, startPack } from "../policies/crossguard/engine";
import { ROOT } from "../policies/repository";
import { bare, known, outputsKnown, previewOf, spoiled, stateOf } from "../policies/stand-in";

/** What the origin of a value is called differs: the plan knows outputs of other stacks by name. */
const anonymous = (message: string): string => message.replace(/ \(from [^)]*\)/g, "");

let rules: Rule[] = [];
let plans: StackPlan[] = [];
let pack: Pack;

beforeAll(async () => {
  rules = (await loadRules()).filter(({ applies }) => applies.some(({ surface }) => surface === "stack"));
  const declared = ["prod-network", "prod-data", "prod-compute"];
  plans = (await createInfrastructure(createHost(), ROOT).evaluate(declared)).map((plan) =>
    outputsKnown(plan),
  );
  pack = await startPack();
});
afterAll(() => pack.stop());

interface Told {
  rule: string;
  subject: string;
  path: string;
  message: string;
  unknown: boolean;
}

function told(subjects: readonly Subject[]): Told[] {
  const world = worldOf(subjects, { today: new Date("2026-11-25T00:00:00Z"), hasFile: () => true });
  return evaluate(subjects, rules, world).flatMap(({ rule, subject, findings }) =>
    findings.map(({ path, message, unknown }) => ({
      rule: rule.id,
      subject: subject.id,
      path: path.join("."),
      message: anonymous(message),
      unknown: unknown === true,
    })),
  );
}

/** What the pack does not report: the repository's own waivers, which both sides know. */
const waived = ({ rule, subject }: Told): boolean =>
  readWaivers(readFileSync(path.join(ROOT, WAIVERS_FILE), "utf8")).waivers.some(
    (waiver) => waiver.rule === rule && waiver.subject === subject,
  );

const byPlan = (plan: StackPlan): Told[] => told(planSubjects([plan], () => undefined));

const sorted = (lines: readonly string[]): string[] => [...lines].sort();
const line = ({ rule, subject, path, message, unknown }: Told): string =>
  [rule, subject, path, message, unknown ? "unknown" : "fail"].join(" | ");

const variants: [string, (plan: StackPlan) => StackPlan][] = [
  ["as declared", (plan) => plan],
  ["spoiled", spoiled],
  ["bare", bare],
];

describe.each(variants)("resources %s", (name, make) => {
  it("give the same findings by plan and by preview", () => {
    for (const plan of plans.map(make)) {
      const { subjects, problems } = deployedSubjects("preview.json", previewOf(plan));
      expect(problems).toEqual([]);
      expect(sorted(told(subjects).map(line))).toEqual(sorted(byPlan(plan).map(line)));
    }
  });

  it("give the same findings by plan and by state, once everything is known", () => {
    for (const plan of plans.map(make)) {
      const { subjects, problems } = deployedSubjects("state.json", stateOf(plan));
      expect(problems).toEqual([]);
      expect(sorted(told(subjects).map(line))).toEqual(sorted(byPlan(known(plan)).map(line)));
    }
  });

  it("give the same findings by plan and by the policy pack; what is unknown only advises", async () => {
    let count = 0;
    for (const plan of plans.map(make)) {
      const diagnostics = await pack.analyze(plan);
      const ours = byPlan(plan).filter((each) => !waived(each));
      count += ours.length;
      const show = (path: string, message: string): string => (path === "" ? message : `${path}: ${message}`);
      expect(
        sorted(
          diagnostics.map(
            ({ policy, urn, message }) => `${policy} | ${urn} | ${bareMessage(anonymous(message))}`,
          ),
        ),
      ).toEqual(
        sorted(
          ours.map(({ rule, subject, path, message, unknown }) =>
            unknown
              ? `${UNKNOWN_POLICY} | ${subject} | ${rule}: ${show(path, message)}`
              : `${rule} | ${subject} | ${show(path, message)}`,
          ),
        ),
      );
      for (const { policy, level } of diagnostics) {
        const severity = rules.find(({ id }) => id === policy)?.severity;
        expect([policy, level]).toEqual([
          policy,
          severity === "critical" || severity === "high" ? "mandatory" : "advisory",
        ]);
      }
    }
    if (name !== "as declared") expect(count).toBeGreaterThan(50);
  });
});

/** The package puts the policy's description before the message, in a line of its own; we put the clauses behind it. */
const bareMessage = (message: string): string => message.replace(/^[^\n]*\n/, "").replace(/ \[[^\]]*\]$/, "");

describe("the policy pack", () => {
  it("has a policy for every rule over stacks, and one for what is unknown", async () => {
    expect(sorted(await pack.policies())).toEqual(sorted([...rules.map(({ id }) => id), UNKNOWN_POLICY]));
  });

  it("asks of a single resource what a single resource can tell", () => {
    const alone = rules.filter((rule) => !needsOthers(rule));
    expect(alone.length).toBeGreaterThan(10);
    expect(alone.length).toBeLessThan(rules.length);
  });
});

describe("places", () => {
  it("in a preview are those of the property in the file", () => {
    const text = previewOf(plans[1]!);
    const { subjects } = deployedSubjects("preview.json", text);
    const instance = subjects.find(({ type }) => type === "alicloud:rds/instance:Instance")!;
    const { line: number, column } = instance.at(["instanceStorage"])!;
    expect(text.split("\n")[number - 1]!.slice(column - 1)).toMatch(/^500,?$/);
  });
});
