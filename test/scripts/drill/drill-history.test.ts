import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Predicate } from "../../../scripts/core/evidence";
import { drillRuns, isRegression, predictionErrors, trends } from "../../../scripts/drill/drill-history";
import type { LedgerEntry } from "../../../scripts/evidence/port";

let minute = 0;
function evidence(job: string, facts: Record<string, unknown>, more: Partial<Predicate> = {}): LedgerEntry {
  const started = new Date(Date.UTC(2026, 10, 23, 0, minute++)).toISOString();
  const predicate: Predicate = {
    job,
    kind: job,
    clauses: [],
    environment: "sandbox",
    platform: "sandbox",
    started,
    finished: started,
    verdict: "pass",
    measurements: [],
    checks: [],
    artifacts: [],
    inputs: {},
    actor: "test",
    facts,
    ...more,
  };
  return { index: minute, digest: "", file: "", predicate };
}
const announced = (drill: string): LedgerEntry => evidence("drill-announcement", { drill, predictions: {} });
const drilled = (drill: string, rto: number | null, predicted?: number): LedgerEntry =>
  evidence("drill", {
    drill,
    scenarios: [
      {
        id: "a",
        rtoSeconds: rto,
        rpoSeconds: null,
        ...(predicted === undefined ? {} : { predictedSeconds: predicted }),
        phases: rto === null ? [] : [{ name: "restore", seconds: rto / 2 }],
      },
    ],
  });
const gaveUp = (): LedgerEntry =>
  evidence(
    "drill",
    { exit: "space" },
    { verdict: "fail", checks: [{ name: "drill-finished", verdict: "fail", detail: "0.1 GiB free" }] },
  );

describe("drillRuns", () => {
  it("pairs announcements with what came of them", () => {
    const runs = drillRuns([
      announced("one"),
      evidence("backup", {}),
      drilled("one", 4),
      announced("killed"),
      announced("full"),
      gaveUp(),
      announced("now"),
    ]);
    expect(runs.map(({ id, ending }) => `${id} ${ending}`)).toEqual([
      "one finished",
      "killed no end",
      "full gave up",
      "now no end",
    ]);
    expect(runs[2]!.detail).toBe("0.1 GiB free");
  });

  it("keeps a drill that was never announced, and one that failed before it announced itself", () => {
    expect(drillRuns([drilled("old", 4), gaveUp()]).map(({ ending }) => ending)).toEqual([
      "finished",
      "gave up",
    ]);
  });
});

describe("trends", () => {
  it("has a line for every time, with a gap where it was not measured", () => {
    const lines = trends(
      drillRuns([drilled("one", 4), announced("killed"), drilled("two", null), drilled("three", 6)]),
    );
    expect(lines.map(({ name, points }) => [name, points.map(({ seconds }) => seconds)])).toEqual([
      ["RTO", [4, Number.NaN, 6]],
      ["restore", [2, Number.NaN, 3]],
    ]);
  });

  it("calls a slow run out, and not the ones after it", () => {
    const rtos = [10, 11, 10, 10.5, 10, 16, 10, 10.2];
    const [line] = trends(drillRuns(rtos.map((rto, i) => drilled(`d${i}`, rto))));
    expect(line!.points.map(({ regression }) => regression)).toEqual(rtos.map((rto) => rto === 16));
  });
});

describe("isRegression", () => {
  it.each([
    ["too few earlier runs", 100, [1, 1, 1], false],
    ["a fifth more, but little in seconds", 0.9, [0.5, 0.5, 0.5, 0.5], false],
    ["level history, a third and more than half a second slower", 4, [3, 3, 3, 3], true],
    ["within the spread that there has been", 6, [2, 5, 3, 6, 4], false],
    ["one outlier in the past hides nothing", 5, [3, 3, 3, 90, 3], true],
    ["faster", 1, [3, 3, 3, 3], false],
    ["not measured", Number.NaN, [3, 3, 3, 3], false],
  ])("%s", (_, seconds, earlier, expected) => {
    expect(isRegression(seconds, earlier)).toBe(expected);
  });

  it("never calls anything up to the median a regression", () => {
    const times = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(times, (earlier) => {
        const sorted = [...earlier.slice(-10)].sort((a, b) => a - b);
        expect(isRegression(sorted[Math.floor((sorted.length - 1) / 2)]!, earlier)).toBe(false);
      }),
    );
  });
});

it("predictionErrors are shares of what was measured, where something was predicted", () => {
  const runs = drillRuns([drilled("old", 4), drilled("one", 10, 12), drilled("two", null, 5)]);
  expect(predictionErrors(runs)).toEqual([
    { drill: "one", scenario: "a", predicted: 12, measured: 10, error: 0.2 },
  ]);
});
