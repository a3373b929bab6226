import { describe, expect, it } from "vitest";
import { overall, type Verdict } from "../../../scripts/core/evidence";
import {
  type CleanRound,
  type FaultResult,
  judgeFault,
  renderSelfTest,
  selfTestChecks,
  selfTestMeasurements,
  totalsOf,
} from "../../../scripts/self-test/self-test";

const FAULT = { kind: "row-changed", family: "rows", simulates: "one value is another", expected: "content" };
const failed = (name: string, detail = "") => ({ name, detail, after: 1.25 });
const round = (verdict: Verdict, seconds = 2): CleanRound => ({
  to: "latest",
  verdict,
  alarms: verdict === "pass" ? [] : ["schema: something"],
  seconds,
});
const caught = judgeFault(FAULT, [failed("content")]);
const missed = judgeFault({ ...FAULT, kind: "index-dropped", expected: "schema" }, [failed("roles")]);
const notInjected: FaultResult = {
  ...FAULT,
  kind: "full",
  outcome: "not injected",
  failures: [],
  reason: "no tmpfs",
};

describe("judgeFault", () => {
  it.each([
    ["its check failed", [failed("content")], undefined, "caught"],
    ["another failed as well", [failed("schema"), failed("content")], undefined, "caught"],
    ["only another check failed", [failed("schema")], undefined, "missed"],
    ["nothing failed", [], undefined, "missed"],
    ["its check failed of what was injected", [failed("content", "No space left")], /No space/, "caught"],
    ["its check failed of something else", [failed("content", "timeout")], /No space/, "missed"],
  ] as const)("%s", (_name, failures, saying, outcome) => {
    expect(judgeFault({ ...FAULT, ...(saying ? { saying } : {}) }, failures).outcome).toBe(outcome);
  });
});

describe("selfTestChecks", () => {
  it.each([
    ["all caught, all clean", [caught], [round("pass")], "pass"],
    ["one missed", [caught, missed], [round("pass")], "fail"],
    ["one not injected", [caught, notInjected], [round("pass")], "inconclusive"],
    ["a false alarm", [caught], [round("pass"), round("fail")], "fail"],
    ["a round that could not be decided", [caught], [round("inconclusive")], "inconclusive"],
    ["no clean rounds asked for", [caught], [], "pass"],
    ["nothing injected at all", [], [round("pass")], "inconclusive"],
  ] as const)("%s", (_name, faults, rounds, verdict) => {
    expect(overall(selfTestChecks({ faults, rounds }))).toBe(verdict);
  });

  it("names what was missed and what alarmed", () => {
    const details = selfTestChecks({ faults: [missed], rounds: [round("fail")] }).map(({ detail }) => detail);
    expect(details).toEqual([
      "missed: index-dropped",
      "1 false alarms, 0 undecided in 1 clean rounds: schema: something",
    ]);
  });
});

it("counts and measures", () => {
  const result = {
    faults: [caught, missed, notInjected],
    rounds: [round("pass", 3), round("fail", 1), round("pass", 2)],
  };
  expect(totalsOf(result)).toEqual({
    kinds: 3,
    caught: 1,
    missed: 1,
    notInjected: 1,
    rounds: 3,
    falseAlarms: 1,
    undecided: 0,
  });
  expect(selfTestMeasurements(result)).toContainEqual({
    name: "faults-missed",
    value: 1,
    unit: "1",
    target: 0,
  });
  expect(selfTestMeasurements(result)).toContainEqual({ name: "clean-round-median", value: 2, unit: "s" });
});

it("prints one row a fault, by which check, after how long, and the totals", () => {
  const result = { faults: [caught, missed, notInjected], rounds: [round("pass")] };
  const lines = renderSelfTest(result, { color: false, width: 120 }).split("\n");
  const row = (kind: string): string[] =>
    lines
      .find((line) => line.includes(kind))!
      .split("│")
      .map((container) => container.trim())
      .slice(1, -1);
  expect(row("row-changed")).toEqual(["row-changed", "yes", "content", "1.3 s", "-"]);
  expect(row("index-dropped")).toEqual(["index-dropped", "NO", "(schema)", "-", "roles"]);
  expect(row("full")).toEqual(["full", "not tried", "(content)", "-", "no tmpfs"]);
  expect(lines.at(-1)).toBe(
    "3 kinds of fault, 1 caught, 1 missed, 1 not injected; 1 clean rounds, 0 false alarms, median 2.0 s",
  );
});
