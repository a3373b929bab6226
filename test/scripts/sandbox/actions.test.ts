import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ACTIONS, chooseAction } from "../../../scripts/sandbox/actions";

describe("chooseAction", () => {
  it("finds an action for every number in [0, 1)", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (uniform) => {
        expect(ACTIONS).toContain(chooseAction(uniform));
      }),
    );
  });

  it("chooses each as often as its weight says", () => {
    const total = ACTIONS.reduce((sum, action) => sum + action.weight, 0);
    const count = new Map<string, number>();
    for (let i = 0; i < total; i++) {
      const { name } = chooseAction((i + 0.5) / total);
      count.set(name, (count.get(name) ?? 0) + 1);
    }
    expect(Object.fromEntries(count)).toEqual(
      Object.fromEntries(ACTIONS.map(({ name, weight }) => [name, weight])),
    );
  });
});
