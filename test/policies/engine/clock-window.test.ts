import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { earlyMorning } from "../../../policies/engine/clock-window";

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}Z`;

describe("the early morning of Asia/Shanghai, written in UTC", () => {
  it.each([
    ["16:00Z-17:00Z", true],
    ["21:00Z-22:00Z", true],
    ["15:30Z-16:30Z", false],
    ["21:30Z-22:30Z", false],
    ["02:00Z-03:00Z", false],
    ["18:00Z-18:00Z", false],
    ["18:00-19:00", false],
    ["", false],
  ])("%s: %s", (window, wanted) => expect(earlyMorning(window)).toBe(wanted));

  it("agrees with a clock that is read minute by minute", () => {
    fc.assert(
      fc.property(fc.nat(1439), fc.integer({ min: 1, max: 600 }), (from, length) => {
        const local = Array.from({ length: length + 1 }, (_, i) => from + 480 + i);
        const inside = local.every((minute, i) => {
          const ofDay = minute % 1440;
          return ofDay < 360 || (ofDay === 360 && i === length);
        });
        expect(earlyMorning(`${clock(from)}-${clock((from + length) % 1440)}`)).toBe(inside);
      }),
    );
  });
});
