import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ruleOfThree, upperBound95 } from "../../../scripts/coverage/confidence";

describe("upperBound95", () => {
  // Exact values: 1 − 0.05^(1/n); with failures, Clopper–Pearson tables (one-sided 95 %).
  it.each([
    [59, 0, 0.0495],
    [60, 0, 0.0487],
    [1, 0, 0.95],
    [10, 1, 0.3942],
    [100, 2, 0.0616],
    [50, 5, 0.1988],
  ])("%i trials, %i failures: %f", (n, failures, expected) => {
    expect(upperBound95(n, failures)).toBeCloseTo(expected, 4);
  });

  it("says nothing where nothing was tried, or nothing held", () => {
    expect(upperBound95(0, 0)).toBe(1);
    expect(upperBound95(3, 3)).toBe(1);
  });

  it("grows with failures, shrinks with trials, and the rule of three is never smaller", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(50), (n, failures) => {
        fc.pre(failures < n);
        const bound = upperBound95(n, failures);
        expect(bound).toBeGreaterThan(failures / n);
        expect(bound).toBeLessThan(upperBound95(n, failures + 1));
        expect(bound).toBeGreaterThan(upperBound95(n + 1, failures));
        expect(ruleOfThree(n)).toBeGreaterThanOrEqual(upperBound95(n, 0));
      }),
    );
  });
});
