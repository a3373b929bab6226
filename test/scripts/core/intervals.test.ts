import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  contains,
  type Interval,
  instantAt,
  intersect,
  measure,
  subtract,
  union,
} from "../../../scripts/core/intervals";

const interval = fc.record({ from: fc.integer({ min: 0, max: 60 }), to: fc.integer({ min: 0, max: 60 }) });
const intervals = fc.array(interval, { maxLength: 8 });
const milliseconds = Array.from({ length: 62 }, (_, i) => i);
const bits = (list: readonly Interval[]): boolean[] => milliseconds.map((at) => contains(list, at));

describe("spans, held against the milliseconds in them", () => {
  it("union keeps every millisecond once, in order, none touching the next", () => {
    fc.assert(
      fc.property(intervals, (list) => {
        const merged = union(list);
        expect(bits(merged)).toEqual(bits(list));
        expect(measure(list)).toBe(bits(list).filter(Boolean).length);
        for (const [i, next] of merged.slice(1).entries()) expect(merged[i]!.to).toBeLessThan(next.from);
      }),
    );
  });

  it("subtract and intersect split a list in two", () => {
    fc.assert(
      fc.property(intervals, interval, (list, hole) => {
        const [left, inside] = [subtract(list, [hole]), intersect(list, hole)];
        expect(bits([...left, ...inside])).toEqual(bits(list));
        expect(measure(left) + measure(inside)).toBe(measure(list));
      }),
    );
  });

  it("momentAt reaches every millisecond, each by an equal share, and none outside", () => {
    fc.assert(
      fc.property(intervals, (list) => {
        const total = measure(list);
        const hit = Array.from({ length: total }, (_, i) => instantAt(list, (i + 0.5) / total)!);
        expect(hit).toEqual(milliseconds.filter((at) => contains(list, at)));
      }),
    );
    expect(instantAt([], 0.5)).toBeUndefined();
  });
});
