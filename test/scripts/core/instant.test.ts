import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OpsError } from "../../../scripts/core/errors";
import { ageText, parseInstant, shanghai, shanghaiDate, showInstant } from "../../../scripts/core/instant";

const NOW = new Date("2026-11-23T12:00:00Z");

function refusal(text: string): OpsError {
  try {
    parseInstant(text, NOW);
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error(`"${text}" was accepted`);
}

describe("an instant that a user types", () => {
  it.each([
    ["2026-11-23T04:00:00+08:00", "2026-11-22T20:00:00.000Z", false],
    ["2026-11-22T20:00:00Z", "2026-11-22T20:00:00.000Z", false],
    ["2026-11-22t20:00:00.5z", "2026-11-22T20:00:00.500Z", false],
    ["2026-11-22 20:00:00 UTC", "2026-11-22T20:00:00.000Z", false],
    ["2026-11-22 20:00:00+00", "2026-11-22T20:00:00.000Z", false],
    ["2026-11-22 15:30-0430", "2026-11-22T20:00:00.000Z", false],
    ["2026-11-23 04:00 Asia/Shanghai", "2026-11-22T20:00:00.000Z", false],
    ["2026-11-23 04:00:00", "2026-11-22T20:00:00.000Z", true],
    ["2026-11-23 04:00", "2026-11-22T20:00:00.000Z", true],
    ["  2026-11-23T04:00:00.123 ", "2026-11-22T20:00:00.123Z", true],
    ["2026-11-23 04:00 (2026-11-22T20:00Z)", "2026-11-22T20:00:00.000Z", true],
    ["2026-11-23 20:00", "2026-11-23T12:00:00.000Z", true], // exactly now
  ])("%s is read as %s (zone assumed: %s)", (text, expected, assumedZone) => {
    const { at, assumedZone: assumed } = parseInstant(text, NOW);
    expect([at.toISOString(), assumed]).toEqual([expected, assumedZone]);
  });

  it.each([
    ["2026-11-23", /whole day, not a moment/],
    ["2026-02-30", /no day 2026-02-30/],
    ["2026-02-30 04:00", /no day 2026-02-30/],
    ["2026-11-22 25:00", /no 25:00/],
    ["2026-11-22 24:00", /no 24:00/],
    ["2026-11-22 23:59:60", /no 23:59:60/],
    ["2026-11-22 04:00+25:00", /no zone \+25:00/],
    ["2026-11-22 04:00+08:99", /no zone \+08:99/],
    ["2026-11-22 04:00:00.1234", /finer than a millisecond/],
    ["25:00", /not an instant/],
    ["yesterday", /not an instant/],
    ["11/12/2026", /not an instant/],
    ["2026-11-23 04:00 CST", /not an instant/], // China, Cuba and Chicago
    ["20261123", /not an instant/],
    ["", /not an instant/],
    ["2026-11-23 04:00 (2026-11-22T21:00Z)", /two different instants/],
    ["2026-11-23 20:00:00.001", /lies in the future \(read as Asia\/Shanghai\)/],
    ["2027-01-01T00:00:00Z", /lies in the future$/],
  ])("%s is refused", (text, found) => {
    const { exit, message, expected, todo } = refusal(text);
    expect({ exit, message }).toEqual({ exit: "instant", message: expect.stringMatching(found) });
    expect([expected, todo]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)]);
  });

  it("a whole day is refused with the moments that may have been meant", () => {
    expect(refusal("2026-11-23").todo).toContain('"2026-11-23 00:00" or "2026-11-23 23:59:59"');
  });

  it("is read back from what is shown", () => {
    fc.assert(
      fc.property(fc.date({ min: new Date("2000-01-01"), max: NOW, noInvalidDate: true }), (at) => {
        expect(parseInstant(showInstant(at), NOW)).toEqual({ at, assumedZone: false });
      }),
    );
  });

  it("never throws anything but a refusal", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^2026-\d\d-\d\d[ T]\d\d:\d\d(Z|[+-]\d\d:\d\d)?$/)),
        (text) => {
          try {
            expect(parseInstant(text, NOW).at.getTime()).toBeLessThanOrEqual(NOW.getTime());
          } catch (error) {
            if (!(error instanceof OpsError)) throw error;
          }
        },
      ),
    );
  });
});

describe("an instant that is shown", () => {
  const at = new Date("2026-11-22T20:00:00.123Z");
  it("in both zones, short, and as a day of Shanghai", () => {
    expect(showInstant(at)).toBe("2026-11-23 04:00:00.123 Asia/Shanghai (2026-11-22T20:00:00.123Z)");
    expect(shanghai(at)).toBe("2026-11-23 04:00:00");
    expect(shanghaiDate(at)).toBe("2026-11-23");
  });

  it.each([
    [-5, "0 s"],
    [0.9, "0 s"],
    [59.9, "59 s"],
    [60, "1 min"],
    [725, "12 min 5 s"],
    [11_520, "3 h 12 min"],
    [86_400, "1 d"],
    [86_459, "1 d"],
    [183_600, "2 d 3 h"],
  ])("%d s is %s", (seconds, text) => {
    expect(ageText(seconds)).toBe(text);
  });
});
