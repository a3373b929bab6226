import { describe, expect, it } from "vitest";
import { type Check, type CheckVerdict, missesTarget, overall } from "../../../scripts/core/evidence";
import { microseconds } from "../../../scripts/core/pg-time";
import { predict, type Sample } from "../../../scripts/restore/prediction";

const checks = (...verdicts: CheckVerdict[]): Check[] =>
  verdicts.map((verdict) => ({ name: "x", verdict, detail: "" }));

describe("overall", () => {
  it.each<[CheckVerdict[], string]>([
    [["pass", "pass"], "pass"],
    [["pass", "inconclusive"], "inconclusive"],
    [["inconclusive", "fail", "pass"], "fail"],
    [["pass", "not-applicable"], "pass"],
    [["not-applicable"], "inconclusive"],
    [[], "inconclusive"],
  ])("%j is %s", (verdicts, expected) => {
    expect(overall(checks(...verdicts))).toBe(expected);
  });
});

describe("a check that another covers", () => {
  const no = "isolation-no-way-out";
  const sms = (name = "isolation-sms", verdict: CheckVerdict = "inconclusive"): Check => ({
    name,
    verdict,
    detail: "",
    coveredBy: no,
  });
  const other = (name: string, verdict: CheckVerdict): Check => ({ name, verdict, detail: "" });
  it.each<[string, Check[], string]>([
    ["leaves the verdict alone", [other(no, "pass"), sms()], "pass"],
    ["also in a scenario", [other(`a: ${no}`, "pass"), sms("a: isolation-sms")], "pass"],
    ["also where all scenarios share it", [other(no, "pass"), sms("a: isolation-sms")], "pass"],
    ["not where that one failed", [other(no, "fail"), sms()], "fail"],
    [
      "not where that one cannot tell",
      [other(no, "inconclusive"), other("x", "pass"), sms()],
      "inconclusive",
    ],
    ["not where that one is absent", [other("x", "pass"), sms()], "inconclusive"],
    ["not by another scenario's", [other(`b: ${no}`, "pass"), sms("a: isolation-sms")], "inconclusive"],
    ["not where one of several copies had a way out", [other(no, "pass"), other(no, "fail"), sms()], "fail"],
    ["not when it fails itself", [other(no, "pass"), sms("isolation-sms", "fail")], "fail"],
    ["not the source", [other(no, "pass"), sms("isolation-source")], "inconclusive"],
    ["not a repository", [other(no, "pass"), sms("a: isolation-repository-2")], "inconclusive"],
    ["not itself", [sms(no), other("x", "pass")], "inconclusive"],
    ["not what it says nothing of", [other(no, "pass"), sms("content")], "inconclusive"],
    [
      "not by a check that may cover nothing",
      [
        other("restore", "pass"),
        JSON.parse('{"name":"isolation-sms","verdict":"inconclusive","detail":"","coveredBy":"restore"}'),
      ],
      "inconclusive",
    ],
  ])("%s", (_, list, verdict) => {
    expect(overall(list)).toBe(verdict);
  });
});

it.each([
  [3600, 3600, false],
  [3600.1, 3600, true],
  [Number.NaN, 3600, true],
  [1e9, undefined, false],
])("a measurement of %d against %d misses: %s", (value, target, missed) => {
  expect(missesTarget({ name: "rto", value, unit: "s", ...(target === undefined ? {} : { target }) })).toBe(
    missed,
  );
});

describe("microseconds", () => {
  it("keeps what a Date would round", () => {
    expect(microseconds("2026-11-23 04:00:00.123456+00") - microseconds("2026-11-23T04:00:00.123Z")).toBe(
      456n,
    );
    expect(microseconds("2026-11-23 04:00:00 UTC")).toBe(microseconds("2026-11-23T04:00:00Z"));
  });
  it.each(["2026-11-23 04:00:00", "2026-11-23 04:00:00+08", "yesterday"])("refuses %s", (text) => {
    expect(() => microseconds(text)).toThrow(RangeError);
  });
});

describe("predict", () => {
  const sample: Sample = { databaseBytes: 100e6, walBytes: 64e6, restoreSeconds: 3, recoverySeconds: 2 };
  it("repeats what was measured for the same work", () => {
    expect(predict(sample, [sample, sample, sample])).toMatchObject({ seconds: 5, samples: 3 });
  });
  it("grows with the work and never falls below a tenth of the fixed cost", () => {
    expect(predict({ ...sample, databaseBytes: 1e9 }, [sample]).restoreSeconds).toBeGreaterThan(3);
    expect(predict({ databaseBytes: 0, walBytes: 0 }, [sample]).seconds).toBeGreaterThan(0);
  });
  it("says that a first prediction rests on nothing measured", () => {
    expect(predict(sample, []).samples).toBe(0);
  });
});
