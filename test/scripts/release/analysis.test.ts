// The decision on a canary, held against the conditions and limits of Argo Rollouts over the same series. The interpreter here
// is ours: it knows the two comparisons and the counting that Argo documents, and is no Argo.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadContract } from "../../../policies/contract/load";
import { analysisMetrics, judge, type Look } from "../../../policies/service/analysis";
import { ANALYSIS } from "../../../policies/service/canary";
import { ROOT } from "../../policies/repository";

const METRICS = analysisMetrics(loadContract(ROOT), "interactive");
const fine: Look = { requests: 100, average: 0.2, peak: 0.9, errors: 0 };
const slow: Look = { ...fine, average: 2.6 };
const failing: Look = { ...fine, errors: 0.3 };
const silent: Look = { requests: 0, average: undefined, peak: undefined, errors: undefined };
const repeat = (look: Look, count: number): Look[] => Array.from({ length: count }, () => look);

/** `result > limit` fails, no result succeeds; too few requests are inconclusive; one more than a limit ends the run. */
function argo(looks: readonly Look[]): "Running" | "Failed" | "Inconclusive" {
  const failed = METRICS.some(
    ({ name, limit }) =>
      looks.map((look) => look[name]).filter((value) => value !== undefined && value > limit).length >
      ANALYSIS.failureLimit,
  );
  if (failed) return "Failed";
  const unknown = looks.filter(({ requests }) => !(requests >= ANALYSIS.minimumRequests)).length;
  return unknown > ANALYSIS.inconclusiveLimit ? "Inconclusive" : "Running";
}

describe("the decision on a canary", () => {
  it("takes its limits from the contract", () => {
    expect(METRICS.map(({ name, limit, source }) => [name, limit, source])).toEqual([
      ["average", 2, "PERF-INTERACT"],
      ["peak", 4, "PERF-INTERACT"],
      ["errors", 0.01, "ours"],
    ]);
  });

  it.each<[string, Look[], object]>([
    ["goes on with a good one", repeat(fine, 30), { kind: "go-on" }],
    ["bears one bad look", [slow, ...repeat(fine, 30)], { kind: "go-on" }],
    ["aborts a slow one at the second look", [slow, slow], { kind: "abort", metric: "average" }],
    ["aborts a failing one", [fine, failing, failing], { kind: "abort", metric: "errors" }],
    ["aborts one with a long tail", repeat({ ...fine, peak: 4.1 }, 2), { kind: "abort", metric: "peak" }],
    [
      "bears a limit that is just met",
      repeat({ ...fine, average: 2, peak: 4, errors: 0.01 }, 9),
      { kind: "go-on" },
    ],
    ["aborts when nobody can tell", repeat(silent, ANALYSIS.inconclusiveLimit + 1), { kind: "abort" }],
    [
      "bears a few looks with a handful of requests",
      repeat({ ...fine, requests: ANALYSIS.minimumRequests - 1 }, ANALYSIS.inconclusiveLimit),
      { kind: "go-on" },
    ],
  ])("%s", (_, looks, expected) => {
    expect(judge(looks, METRICS)).toMatchObject(expected);
  });

  it("is the one that Argo Rollouts comes to over the same series", () => {
    const value = fc.option(fc.double({ min: 0, max: 8, noNaN: true }), { nil: undefined });
    const look = fc.record({
      requests: fc.integer({ min: 0, max: 60 }),
      average: value,
      peak: value,
      errors: value,
    });
    fc.assert(
      fc.property(fc.array(look, { maxLength: 12 }), (looks) => {
        expect(judge(looks, METRICS).kind).toBe(argo(looks) === "Running" ? "go-on" : "abort");
      }),
    );
  });
});
