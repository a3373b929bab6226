import { describe, expect, it } from "vitest";
import { loadPrices, type Prices } from "../../../policies/cloud/prices";
import { estimate, showEstimate, showEstimateChange } from "../../../scripts/plan/cost";
import type { PlannedResource, StackPlan } from "../../../scripts/plan/model";
import { ROOT } from "../../policies/repository";

const PRICES: Prices = {
  currency: "USD",
  hoursPerMonth: 700,
  items: [
    {
      type: "t:a/box:Box",
      by: "size",
      hourly: { "1": 0.1, "2": 0.3 },
      lacks: "-",
      source: "https://x",
      asOf: "2024-01-01",
    },
  ],
  settings: ["t:a/knob:Knob"],
};

function plan(...resources: [type: string, size: number][]): StackPlan {
  const all = resources.map(([type, size], index) => {
    const resource: PlannedResource = {
      urn: `u${index}`,
      type,
      name: `n${index}`,
      custom: true,
      parent: "",
      provider: "",
      inputs: { size },
      options: {
        protect: false,
        retainOnDelete: false,
        ignoreChanges: [],
        replaceOnChanges: [],
        deleteBeforeReplace: false,
        importId: "",
      },
      aliases: [],
      dependencies: [],
      propertyDependencies: {},
    };
    return resource;
  });
  return { stack: "s", environment: "s", layer: "", resources: all, outputs: {}, references: [] };
}

describe("the estimate", () => {
  it("adds what is known, skips settings, and names what nobody knows", () => {
    const found = estimate(
      plan(
        ["t:a/box:Box", 1],
        ["t:a/box:Box", 2],
        ["t:a/box:Box", 3],
        ["t:a/knob:Knob", 1],
        ["t:b/cup:Cup", 1],
      ),
      PRICES,
    );
    expect(found).toEqual({ stack: "s", monthly: 280, priced: 2, unknown: { "t.a.Box": 1, "t.b.Cup": 1 } });
    expect(showEstimate([found], PRICES)).toBe(
      "Cost  at least 280.00 USD a month (list prices from 2024-01-01 on, policies/cloud/prices.yaml); price unknown: t.a.Box, t.b.Cup",
    );
  });

  it("shows what a change costs", () => {
    const [before, after] = [plan(["t:a/box:Box", 1]), plan(["t:a/box:Box", 2])].map((each) => [
      estimate(each, PRICES),
    ]);
    expect(showEstimateChange(before!, after!, PRICES)).toBe(
      "Cost at list prices, as far as known: 70.00 → 210.00 USD a month (+140.00)",
    );
    expect(showEstimateChange(after!, before!, PRICES)).toContain("(-140.00)");
  });

  it("has a source and a day for every price", () => {
    for (const item of loadPrices(ROOT).items)
      expect([item.source, item.asOf]).toEqual([
        expect.stringMatching(/^https:/),
        expect.stringMatching(/^\d{4}-/),
      ]);
  });
});
