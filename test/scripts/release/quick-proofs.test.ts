// A release is not refused for what the machine can prove in seconds, and is told once all that it still needs.
import { expect, it } from "vitest";
import type { Platform } from "../../../policies/service/service";
import type { Report, SurfaceTally } from "../../../scripts/check/report";
import { OpsError } from "../../../scripts/core/errors";
import type { Check } from "../../../scripts/core/evidence";
import { silent } from "../../../scripts/core/progress";
import { openLedger } from "../../../scripts/evidence/adapter";
import { policyFinding } from "../../../scripts/release/gate-facts";
import { GATES } from "../../../scripts/release/gates";
import { planRelease } from "../../../scripts/release/plan";
import { makeQuickProofs } from "../../../scripts/release/quick-proofs";
import { todoBlock, todoOf } from "../../../scripts/release/remedies";
import { given } from "../../given";
import { temporary } from "../../policies/repository";
import { placeIn } from "../evidence/adapter/place";

type Tools = Parameters<typeof makeQuickProofs>[0];

const surface = (fail: number): SurfaceTally => ({
  surface: "service",
  subjects: 1,
  results: 1,
  pass: 1 - fail,
  fail,
  waived: 0,
  unknown: 0,
});
const rule: Report["rules"][number] = {
  id: "r",
  severity: "high",
  surfaces: ["service"],
  clauses: [],
  standards: [],
  title: "t",
  why: "w",
  remedy: "r",
};
const reportOf = (fail: number): Report => ({
  date: "2026-11-23",
  surfaces: [surface(fail)],
  rules: [rule],
  subjects: [{ surface: "service", type: "roster", id: "x", name: "x", environment: "" }],
  results: [{ rule: 0, subject: 0, verdict: fail > 0 ? "fail" : "pass", findings: [] }],
  problems: [],
  idle: [],
});

/** A checkout whose report is remembered, so that no rule is evaluated. @param checked how often it was looked at */
async function tools(report: Report | OpsError, commit = "abc") {
  const { options } = placeIn(temporary());
  const ledger = await openLedger(options);
  const said: string[] = [];
  let checked = 0;
  const context = given<Tools>({
    ledger,
    environment: "sandbox",
    platformName: "sandbox",
    platform: { name: "sandbox" } as Platform,
    inputs: { git: commit },
    actor: "test",
    color: false,
    clock: given<Tools["clock"]>({ now: options.now }),
    progress: { ...silent(), say: (_, text) => void said.push(text) },
    subjects: given<Tools["subjects"]>({
      commit: async () => commit,
      tree: async () => ({
        files: [],
        has: () => true,
        read: () => ({ refusal: "none" }),
        digest: () => "d",
      }),
      recall() {
        checked++;
        if (report instanceof OpsError) throw report;
        return JSON.stringify(report);
      },
    }),
  });
  return { context, said, checked: () => checked };
}

it("a check of the rules that is missing is made, once, with evidence as `ops check` leaves it", async () => {
  const { context, checked } = await tools(reportOf(0));
  expect(await policyFinding(context)).toMatchObject({ verdict: "fail" });
  await makeQuickProofs(context);
  await makeQuickProofs(context);
  expect(checked()).toBe(1);
  expect(await policyFinding(context)).toEqual({ verdict: "pass", detail: "every rule holds (entry 1)" });
  const [{ predicate } = { predicate: undefined }] = await context.ledger.entries();
  expect(predicate).toMatchObject({ job: "check", kind: "policy-check", inputs: { git: "abc" } });
});

it("one of another commit is made again", async () => {
  const { context, checked } = await tools(reportOf(0));
  await makeQuickProofs(context);
  const later = given<Tools>({ ...context, inputs: { git: "def" } });
  later.subjects = given<Tools["subjects"]>({ ...context.subjects, commit: async () => "def" });
  await makeQuickProofs(later);
  expect(checked()).toBe(2);
  expect((await policyFinding(later)).verdict).toBe("pass");
});

it("broken rules stay broken: the gate stays closed", async () => {
  const { context } = await tools(reportOf(1));
  await makeQuickProofs(context);
  expect(await policyFinding(context)).toMatchObject({
    verdict: "fail",
    detail: expect.stringContaining("broken"),
  });
});

it("a proof that cannot be made is said, and the gate stays closed", async () => {
  const { context, said } = await tools(new OpsError("config", "a program fails"));
  await makeQuickProofs(context);
  expect(said).toEqual(["the proof that gate policy-clean asks for could not be made: a program fails"]);
  expect((await policyFinding(context)).verdict).toBe("fail");
});

it("an interruption ends it", async () => {
  const { context } = await tools(new OpsError("interrupted", "interrupted"));
  await expect(makeQuickProofs(context)).rejects.toMatchObject({ exit: "interrupted" });
});

const app = (version: string) => ({ version, image: "r/x", digest: version });
const plan = planRelease({
  environment: "prod",
  base: "b",
  before: { environment: "prod", apps: { "learning-web": app("1.0.0") } },
  wanted: { "learning-web": app("1.0.1") },
  pending: [{ id: "c", bumps: { "learning-web": "patch" }, summary: "s", changes: [] }],
});
const closed = (...names: string[]): Check[] =>
  names.map((name) => ({ name, verdict: "fail", detail: `${name} is closed` }));

it("one refusal names everything: commands in order, each with its environment, and the release again", () => {
  const todo = todoOf(
    closed(
      "office-hours",
      "migrations-rehearsed",
      "migrations-linted",
      "verified-backup",
      "staged-before",
      "policy-clean",
    ),
    plan,
    "ship",
  );
  expect(todo).toEqual([
    "ops check --env prod",
    "ops release ship learning-web=1.0.1 --env staging",
    "ops backup --on-demand --env prod",
    "ops verify --env prod",
    "ops migrate lint --env prod",
    "ops migrate rehearse --env prod",
    "office-hours, which no command opens: office-hours is closed",
    "then again: ops release ship learning-web=1.0.1 --env prod",
  ]);
  expect(todoBlock(todo.slice(0, 2))).toEqual([
    "To do     ops check --env prod",
    "          ops release ship learning-web=1.0.1 --env staging",
  ]);
});

it("every gate is opened by a command, or by time and people alone", () => {
  const without = GATES.filter(({ make }) => make === undefined).map(({ name }) => name);
  expect(without).toEqual([
    "backup-window",
    "key-period-freeze",
    "office-hours",
    "incidents",
    "schema-compatible",
    "change-budget",
  ]);
});
