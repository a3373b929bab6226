import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains } from "../../../scripts/core/intervals";
import { drawInstants } from "../../../scripts/coverage/sample";

/** Any generator of [0, 1) that can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
const RESTORABLE = [
  { from: 0, to: 1_000_000 },
  { from: 5_000_000, to: 8_000_000 },
];

describe("drawInstants", () => {
  it("the same seed draws the same instants, another one others", () => {
    const draw = (seed: number): Date[] => drawInstants(RESTORABLE, 20, generator(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("draws only what can be restored, and as many as were asked for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 50 }), (seed, count) => {
        const drawn = drawInstants(RESTORABLE, count, generator(seed));
        expect(drawn).toHaveLength(count);
        for (const at of drawn) expect(contains(RESTORABLE, at.getTime())).toBe(true);
      }),
    );
  });

  it("gives every stretch its share", () => {
    const drawn = drawInstants(RESTORABLE, 4000, generator(42));
    const early = drawn.filter((at) => at.getTime() < 1_000_000).length;
    expect(early / 4000).toBeCloseTo(0.25, 1);
  });

  it("draws nothing from nothing", () => {
    expect(drawInstants([], 5, generator(1))).toEqual([]);
  });
});
