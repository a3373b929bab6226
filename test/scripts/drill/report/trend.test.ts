// Figures over many runs.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sparkline, trendSvg } from "../../../../scripts/drill/report/trend";
import { hostileText } from "../../core/text/hostile";
import { elementsOf } from "../../core/text/wellformed";

describe("sparkline", () => {
  it.each([
    [[], ""],
    [[1, 2, 3, 8], "▁▂▃█"],
    [[4, 4, 4], "▄▄▄"],
    [[1, Number.NaN, 2], "▁ █"],
    [[Number.NaN], " "],
  ])("%j is %j", (values, line) => expect(sparkline(values)).toBe(line));

  it("has one character a value", () => {
    fc.assert(
      fc.property(fc.array(fc.double()), (values) => {
        expect([...sparkline(values)]).toHaveLength(values.length);
      }),
    );
  });
});

describe("trendSvg", () => {
  const at = (day: number): Date => new Date(Date.UTC(2026, 8, day));
  const points = [
    { at: at(1), value: 5 },
    { at: at(8), value: 9.8, regression: true },
    { at: at(15), value: Number.NaN },
    { at: at(22), value: 5.2 },
  ];

  it("has axes with units, the target, marked regressions and gaps", () => {
    const svg = trendSvg({ title: "Restore", unit: "s", points, target: 12 });
    expect(elementsOf(svg).filter((name) => name === "circle")).toHaveLength(4);
    for (const text of [">0 s<", ">15 s<", "target 12 s", "▲ 9.8 s", ">2026-09-01<", ">2026-09-22<"]) {
      expect(svg).toContain(text);
    }
    expect(svg.match(/ d="([^"]*)"/)?.[1]?.match(/M/g)).toHaveLength(2);
  });

  it("stays well-formed with any title, unit and values, and with none", () => {
    const point = fc.record({
      at: fc.date({ noInvalidDate: true, min: at(1), max: at(99) }),
      value: fc.oneof(fc.double({ min: -1e15, max: 1e15 }), fc.constantFrom(Number.POSITIVE_INFINITY)),
    });
    fc.assert(
      fc.property(hostileText, hostileText, fc.array(point, { maxLength: 5 }), (title, unit, all) => {
        const svg = trendSvg({ title, unit, points: all });
        expect(elementsOf(svg)[0]).toBe("svg");
      }),
    );
  });
});
