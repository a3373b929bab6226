// A report is never shown better than its contents, and differences from the last drill are found.
import { describe, expect, it, test } from "vitest";
import type { Check, Verdict } from "../../../../scripts/core/evidence";
import { compare } from "../../../../scripts/drill/report/compare";
import { judge, verdictOf, within, worst } from "../../../../scripts/drill/report/judge";
import { WORDS } from "../../../../scripts/drill/report/languages";
import type { DrillReport, Scenario } from "../../../../scripts/drill/report/model";
import { placeOfTarget } from "../../../../scripts/drill/report/timeline";
import { sentence } from "../../../../scripts/drill/report/words";
import { FAILED, PASSED, UNCLEAR } from "./samples";

function withFirst(change: Partial<Scenario>): DrillReport {
  return {
    ...PASSED,
    scenarios: PASSED.scenarios.map((scenario, index) =>
      index === 0 ? { ...scenario, ...change } : scenario,
    ),
  };
}

const bad = (verdict: Verdict): Check => ({ name: "content", verdict, detail: "found 3, expected 4" });

describe("judge", () => {
  it("passes a report that gives no reason not to", () => {
    expect(judge(PASSED)).toMatchObject({
      verdict: "pass",
      reasons: [],
      tally: { pass: 25, "not-applicable": 3 },
    });
  });

  // Each of these was declared `pass`.
  const flawed: [what: string, report: DrillReport, verdict: Verdict, reason: string][] = [
    [
      "a failed check",
      withFirst({ checks: [bad("fail")] }),
      "fail",
      "Scenario a: content: found 3, expected 4",
    ],
    [
      "a check that cannot tell",
      withFirst({ checks: [bad("inconclusive")] }),
      "inconclusive",
      "Scenario a: content: found",
    ],
    [
      "a missed RTO",
      withFirst({ rtoSeconds: 3601 }),
      "fail",
      "Scenario a: RTO 1 h misses the target of 1 h by 1 s",
    ],
    [
      "a missed RPO",
      withFirst({ rpoSeconds: 301 }),
      "fail",
      "Scenario a: RPO 5 min 01 s misses the target of 5 min by 1 s",
    ],
    ["an RTO that is no number", withFirst({ rtoSeconds: Number.NaN }), "fail", "Scenario a: RTO – misses"],
    ["no RTO", withFirst({ rtoSeconds: undefined }), "inconclusive", "Scenario a: no RTO was measured"],
    ["no checks", withFirst({ checks: [] }), "inconclusive", "Scenario a: nothing was checked"],
    ["a scenario declared failed", withFirst({ verdict: "fail" }), "fail", "Scenario a: declared fail"],
    ["no scenarios", { ...PASSED, scenarios: [] }, "inconclusive", "No scenario was run"],
    ["no isolation", UNCLEAR, "inconclusive", "Isolation was not proven"],
    ["a way out", { ...PASSED, isolation: [bad("fail")] }, "fail", "content: found 3"],
  ];
  it.each(flawed)("shows %s", (_, report, verdict, reason) => {
    const judgement = judge({ ...report, verdict: "pass" });
    expect(judgement.verdict).toBe(verdict);
    expect(sentence(WORDS.en, judgement.reasons[0]!)).toContain(reason);
  });

  it("an integration that nobody reaches is counted as inconclusive and is no reason, as long as no way leads out", () => {
    const noWayOut: Check = { name: "isolation-no-way-out", verdict: "pass", detail: "no route" };
    const unreached: Check = {
      name: "a: isolation-sms",
      verdict: "inconclusive",
      detail: "out of reach outside too",
      coveredBy: "isolation-no-way-out",
    };
    const { verdict, reasons, tally } = judge({ ...PASSED, isolation: [noWayOut, unreached] });
    expect({ verdict, reasons, inconclusive: tally.inconclusive }).toEqual({
      verdict: "pass",
      reasons: [],
      inconclusive: 1,
    });
    const open: Check = { ...noWayOut, verdict: "inconclusive" };
    expect(judge({ ...PASSED, isolation: [open, unreached] }).reasons).toHaveLength(2);
  });

  it("keeps a declared failure that the contents do not explain", () => {
    const judgement = judge({ ...PASSED, verdict: "fail" });
    expect(judgement.verdict).toBe("fail");
    expect(judgement.reasons).toHaveLength(1);
  });

  it("names failures before doubts", () => {
    const order = judge(FAILED).reasons.map((reason) => reason.verdict);
    expect(order).toEqual(["fail", "fail", "inconclusive", "inconclusive", "inconclusive"]);
    expect(verdictOf(FAILED.scenarios[1]!, FAILED)).toBe("fail");
    expect(verdictOf(FAILED.scenarios[0]!, FAILED)).toBe("pass");
  });
});

test("what was not measured is neither met nor missed, and does not count as the worst", () => {
  expect(within(undefined, 5)).toBeUndefined();
  expect(within(5, 5)).toBe(true);
  expect(within(Number.NaN, 5)).toBe(false);
  expect(worst([undefined, 2, 1])).toBe(2);
  expect(worst([undefined])).toBeUndefined();
});

describe("compare", () => {
  const changes = compare(PASSED);
  const of = (scenario: string, name: string) =>
    changes.find((change) => change.scenario === scenario && change.name === name);

  it.each([
    ["a", "restore", "slower"],
    ["a", "verify", "faster"],
    ["a", "recovery", undefined],
    ["b", "restore", "new"],
    ["c", "teardown", "gone"],
  ])("scenario %s, %s: %s", (scenario, name, mark) => expect(of(scenario, name)?.mark).toBe(mark));

  it("says nothing without an earlier drill", () => expect(compare(UNCLEAR)).toEqual([]));
});

test("the promise is used up only by phases that count", () => {
  const scenario: Scenario = {
    ...PASSED.scenarios[0]!,
    phases: [
      { name: "restore", startSeconds: 1, seconds: 5, recovery: true },
      { name: "read the copy", startSeconds: 6, seconds: 100, recovery: false },
      { name: "recover to the target", startSeconds: 106, seconds: 4, recovery: true },
    ],
  };
  expect(placeOfTarget(scenario, 3)).toBe(4);
  expect(placeOfTarget(scenario, 7)).toBe(108);
  expect(placeOfTarget(scenario, 20)).toBe(121);
});
