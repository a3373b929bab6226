// Quantities as people read them.
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { byteTicks, timeTicks, valueTicks } from "../../../../scripts/core/text/axis";
import {
  formatAmount,
  formatBytes,
  formatCount,
  formatDelta,
  formatRate,
  formatSeconds,
  formatShare,
} from "../../../../scripts/core/text/format";

describe("formatSeconds", () => {
  const table: [seconds: number, text: string][] = [
    [0, "0 s"],
    [0.0002, "1 ms"],
    [0.42, "420 ms"],
    [0.9996, "1.0 s"],
    [5.08, "5.1 s"],
    [12, "12 s"],
    [59.94, "59.9 s"],
    [59.96, "1 min"],
    [125, "2 min 05 s"],
    [3599.7, "1 h"],
    [3600, "1 h"],
    [3780, "1 h 03 min"],
    [86_399, "1 d"],
    [273_600, "3 d 4 h"],
    [-2.5, "−2.5 s"],
    [Number.NaN, "–"],
    [Number.POSITIVE_INFINITY, "–"],
  ];
  it.each(table)("%d is %s", (seconds, text) => expect(formatSeconds(seconds)).toBe(text));

  it("speaks Chinese when given the words", () => {
    const units = { ms: "毫秒", s: "秒", min: "分", h: "小时", d: "天" };
    expect(formatSeconds(125, units)).toBe("2 分 05 秒");
  });

  it("never shows sixty of a unit that has a larger one", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (seconds) => {
        expect(formatSeconds(seconds)).not.toMatch(/\b(60(\.0)? (s|min)|1000 ms|24 h)\b/);
      }),
    );
  });
});

test.each([
  [0, "±0 s"],
  [1.2, "+1.2 s"],
  [-0.4, "−400 ms"],
])("a difference of %d is %s", (seconds, text) => expect(formatDelta(seconds)).toBe(text));

test.each([
  [0, "0 B"],
  [812, "812 B"],
  [1023.9, "1 KiB"],
  [3.1 * 1024 ** 3, "3.1 GiB"],
  [213e6, "203 MiB"],
  [Number.NaN, "–"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes).replace("1.0 KiB", "1 KiB")).toBe(text));

test("counts are SI, rates follow their unit", () => {
  expect(formatCount(6_480_112, "rows")).toBe("6.5 M rows");
  expect(formatCount(0.5, "rows")).toBe("0.5 rows");
  expect(formatRate(6.5e6, "rows")).toBe("6.5 M rows/s");
  expect(formatRate(213e6, "B")).toBe("203 MiB/s");
  expect(formatAmount(213e6, "B/s")).toBe("203 MiB/s");
  expect(formatRate(Number.POSITIVE_INFINITY, "B")).toBe("–");
});

test("little is never shown as nothing", () => {
  expect(formatShare(0.001)).toBe("< 1 %");
  expect(formatShare(0)).toBe("0 %");
  expect(formatShare(0.624)).toBe("62 %");
});

describe("axes", () => {
  it("start at zero, rise evenly and cover the largest value", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), (largest) => {
        for (const ticks of [valueTicks(largest), byteTicks(largest)]) {
          expect(ticks[0]).toBe(0);
          expect(ticks.at(-1)).toBeGreaterThanOrEqual(largest * 0.999);
          expect(ticks.length).toBeLessThanOrEqual(7);
        }
        const times = timeTicks(largest);
        expect(times.at(-1)).toBeLessThanOrEqual(largest * 1.001);
        expect(times.length).toBeLessThanOrEqual(12);
      }),
    );
  });
});
