// Rows that were moved along a unique column are moved back one after the other, each to a place that is free.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { ChangedRow } from "../../../../scripts/data/images/change";
import { inHandingOrder, takesOver } from "../../../../scripts/data/images/handing-on";

const row = (before: (string | null)[] | null, after: (string | null)[] | null): ChangedRow => ({
  table: 0,
  before,
  after,
});

/** Puts rows back one by one. @returns how often a value was taken while somebody still had it */
function collisions(rows: readonly ChangedRow[], uniques: number[][]): number {
  const now = new Map(rows.map((each) => [each, each.after!]));
  return rows.filter((each) => {
    now.set(each, each.before!);
    return uniques.some((unique) => {
      const all = [...now.values()].map((image) => unique.map((at) => image[at] ?? null));
      const texts = all.filter((values) => !values.includes(null)).map((values) => JSON.stringify(values));
      return new Set(texts).size < texts.length;
    });
  }).length;
}

it("finds an order without a collision wherever nobody exchanged values in a ring", () => {
  // Everybody moved up by some steps, in a shuffled list: chains of any length, and NULLs.
  const moved = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }))
    .chain(([count, step]) =>
      fc.shuffledSubarray(
        [...Array(count).keys()].map((n) =>
          row([String(n), n % 7 === 0 ? null : `p${n}`], [String(n), n % 7 === 0 ? null : `p${n + step}`]),
        ),
        { minLength: count },
      ),
    );
  fc.assert(
    fc.property(moved, (rows) => {
      const ordered = inHandingOrder(rows, [[0], [1]]);
      expect(new Set(ordered)).toEqual(new Set(rows));
      expect(ordered).toHaveLength(rows.length);
      expect(collisions(ordered, [[0], [1]])).toBe(0);
    }),
  );
});

it("ends where values were exchanged, and for long chains", () => {
  const ring = [row(["1", "a"], ["1", "b"]), row(["2", "b"], ["2", "a"])];
  expect(inHandingOrder(ring, [[1]])).toHaveLength(2);
  const long = Array.from({ length: 50_000 }, (_, n) => row([`${n}`], [`${n + 1}`]));
  // Named last to first, so that whoever comes first waits for all the others.
  expect(inHandingOrder(long.reverse(), [[0]])[0]!.before).toEqual(["0"]);
});

it.each<[string, ChangedRow, boolean]>([
  ["another value", row(["1", "a"], ["1", "b"]), true],
  ["the same value", row(["1", "a"], ["1", "a"]), false],
  ["a row that was deleted", row(["1", "a"], null), false],
  ["a row that was inserted", row(null, ["1", "a"]), false],
])("knows who takes over: %s", (_what, given, expected) => {
  expect(takesOver(given, [[1]])).toBe(expected);
});
