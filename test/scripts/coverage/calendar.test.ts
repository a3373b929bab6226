import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains, subtract } from "../../../scripts/core/intervals";
import { calendar, nextToTest } from "../../../scripts/coverage/calendar";
import { markdownCalendar, sentenceOf, terminalCalendar } from "../../../scripts/coverage/calendar-page";
import type { Coverage, Gap, Reason } from "../../../scripts/coverage/coverage";
import type { RestoredInstant } from "../../../scripts/restore/restored-instants";

const RPO = 300;
const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(`${text}+08:00`);
const passed = (text: string): RestoredInstant => ({ at: new Date(at(text)), verdict: "pass", drawn: false });

/** The week of 16 to 22 November 2026 up to noon, with gaps where a test wants them. */
function week(...gaps: [string, string, Reason][]): Coverage {
  const window = { from: at("2026-11-16T12:00:00"), to: at("2026-11-22T12:00:00") };
  const list: Gap[] = gaps.map(([from, to, reason]) => ({ from: at(from), to: at(to), reason }));
  return { window, restorable: subtract([window], list), gaps: list };
}

const states = (coverage: Coverage, exercised: RestoredInstant[] = []): string =>
  calendar(coverage, exercised, RPO)
    .map(({ date, state }) => `${date.slice(8)} ${state}`)
    .join(", ");

const MISSING: Reason = { kind: "wal-missing", label: "b", from: "x", to: "y", count: 2 };

describe("calendar", () => {
  it.each<[string, Coverage, RestoredInstant[], string]>([
    [
      "a day is Asia/Shanghai's; the first and the last are promised in part",
      week(),
      [],
      "16 restorable, 17 restorable, 18 restorable, 19 restorable, 20 restorable, 21 restorable, 22 restorable",
    ],
    [
      "exercised at any instant, in its own zone",
      week(),
      [passed("2026-11-18T00:30:00")],
      "16 restorable, 17 restorable, 18 exercised, 19 restorable, 20 restorable, 21 restorable, 22 restorable",
    ],
    [
      "an instant with a finding exercises nothing",
      week(),
      [{ ...passed("2026-11-18T00:30:00"), verdict: "inconclusive" }],
      "16 restorable, 17 restorable, 18 restorable, 19 restorable, 20 restorable, 21 restorable, 22 restorable",
    ],
    [
      "a gap from one noon into the day after the next",
      week(["2026-11-17T12:00:00", "2026-11-19T00:00:01", MISSING]),
      [passed("2026-11-17T01:00:00")],
      "16 restorable, 17 partial, 18 gap, 19 partial, 20 restorable, 21 restorable, 22 restorable",
    ],
    [
      "before the first backup",
      week(["2026-11-16T12:00:00", "2026-11-18T02:00:00", { kind: "younger", label: "b" }]),
      [],
      "16 before, 17 before, 18 partial, 19 restorable, 20 restorable, 21 restorable, 22 restorable",
    ],
    [
      "the newest moments within the promised loss cost the day nothing",
      week(["2026-11-22T11:56:00", "2026-11-22T12:00:00", { kind: "not-archived", label: "b", after: "x" }]),
      [],
      "16 restorable, 17 restorable, 18 restorable, 19 restorable, 20 restorable, 21 restorable, 22 restorable",
    ],
    [
      "more than that does",
      week(["2026-11-22T11:50:00", "2026-11-22T12:00:00", { kind: "not-archived", label: "b", after: "x" }]),
      [],
      "16 restorable, 17 restorable, 18 restorable, 19 restorable, 20 restorable, 21 restorable, 22 partial",
    ],
  ])("%s", (_, coverage, exercised, expected) => {
    expect(states(coverage, exercised)).toBe(expected);
  });
});

describe("nextToExercise", () => {
  it("is in the middle of the largest stretches, each chosen with those before it", () => {
    const coverage = week(["2026-11-17T12:00:00", "2026-11-18T12:00:00", MISSING]);
    const next = nextToTest(coverage, [], 3).map((instant) => instant.getTime());
    expect(next[0]).toBe(at("2026-11-20T12:00:00"));
    expect(next.slice(1)).toEqual([at("2026-11-19T12:00:00"), at("2026-11-21T12:00:00.500")]);
  });

  it("stays clear of what was exercised, and inside what can be restored", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6 * 24), { maxLength: 20 }), (hours) => {
        const coverage = week(["2026-11-17T12:00:00", "2026-11-18T12:00:00", MISSING]);
        const exercised = hours.map((hour) => ({
          at: new Date(coverage.window.from + hour * HOUR),
          verdict: "pass" as const,
          drawn: true,
        }));
        const next = nextToTest(coverage, exercised, 4);
        expect(new Set(next.map(Number)).size).toBe(4);
        for (const instant of next) {
          expect(contains(coverage.restorable, instant.getTime())).toBe(true);
          for (const done of exercised) expect(Math.abs(+done.at - +instant)).toBeGreaterThanOrEqual(1000);
        }
      }),
    );
  });

  it("proposes nothing where nothing can be restored", () => {
    const nothing = week(["2026-11-16T12:00:00", "2026-11-22T12:00:00", { kind: "no-backup" }]);
    expect(nextToTest(nothing, [], 3)).toEqual([]);
  });
});

describe("renderings", () => {
  const coverage = week(["2026-11-17T12:00:00", "2026-11-19T00:00:01", MISSING]);
  const days = calendar(coverage, [passed("2026-11-20T01:00:00")], RPO);

  it("a terminal shows weeks as rows with a sign a day, and says what the signs mean", () => {
    const text = terminalCalendar(days, false);
    expect(text).toContain("16 + 17 ~ 18 ✗ 19 ~ 20 ✓ 21 + 22 +");
    expect(text).toContain("✗ 1 day not restorable");
    expect(text).not.toContain("before the first backup");
    expect(terminalCalendar(days, true)).toContain("\u001b[");
  });

  it("Markdown shows the same as tables, with the share of a partial day", () => {
    const text = markdownCalendar(days, coverage.gaps);
    expect(text).toContain("| 16 + | 17 ~ 50 % | 18 ✗ | 19 ~ 100 % | 20 ✓ | 21 + | 22 + |");
    expect(text).toContain("2 segments, x … y");
  });

  it.each<[Reason, string]>([
    [{ kind: "no-backup" }, "no backup at all"],
    [{ kind: "younger", label: "L" }, "before the end of the first backup ever taken, L"],
    [{ kind: "expired", label: "L", oldest: "M" }, "L was taken but is no longer in the repository"],
    [{ kind: "bad-backup", label: "L", why: "w" }, "L cannot be relied on: w"],
    [{ ...MISSING, count: 1 }, "WAL after b is missing: x;"],
    [{ kind: "not-archived", label: "L", after: "S" }, "no commit after segment S"],
    [{ kind: "timeline", parent: 1, child: 2, lsn: "0/1" }, "timeline 1 was left for 2 at 0/1"],
  ])("%o is a sentence", (reason, text) => {
    expect(sentenceOf(reason)).toContain(text);
  });
});
