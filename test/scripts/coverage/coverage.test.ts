import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { measure, union } from "../../../scripts/core/intervals";
import { broken, cover, type Reason, share, untilByStorage } from "../../../scripts/coverage/coverage";
import { route } from "../../../scripts/coverage/timeline-path";
import { BEGIN, coverageOf, factsOf, type History, lsn, MINUTE, name, range, SEGMENT_BYTES } from "./history";

/** `from…to` of a gap in minutes since the beginning, and its kind. */
function gaps(history: History): [number, number, Reason["kind"]][] {
  return coverageOf({ days: 1 / 24, ...history }).gaps.map(({ from, to, reason }) => [
    (from - BEGIN) / MINUTE,
    (to - BEGIN) / MINUTE,
    reason.kind,
  ]);
}

/** The hour that is promised: minutes 100…160. Backups finish half a minute into theirs, and a second is rounding. */
const NOW = 160;
const READY = (minute: number): number => minute + 31 / 60;
/** Up to the last commit of a minute. */
const END = (minute: number): number => minute + 1 - 1 / MINUTE;

describe("gaps and their reasons", () => {
  it.each<[string, Omit<History, "now">, [number, number, Reason["kind"]][]]>([
    [
      "nothing but the newest moments",
      { backups: [90], segments: range(90, 159) },
      [[END(159), 160, "not-archived"]],
    ],
    ["no backup at all", { backups: [], segments: range(90, 159) }, [[100, 160, "no-backup"]]],
    [
      "the first backup ever lies inside the window",
      { backups: [110], segments: range(90, 160) },
      [[100, READY(110), "younger"]],
    ],
    [
      "an older backup is known and gone",
      {
        backups: [110],
        segments: range(90, 160),
        more: { oldestKnown: { label: "backup-20", at: new Date(BEGIN) } },
      },
      [[100, READY(110), "expired"]],
    ],
    [
      "a segment is missing: nothing until the next backup's stop",
      { backups: [90, 130], segments: [...range(90, 119), ...range(121, 160)] },
      [[END(119), READY(130), "wal-missing"]],
    ],
    [
      "a segment is stored twice with different content",
      { backups: [90, 130], segments: [...range(90, 160), 120] },
      [[END(119), READY(130), "wal-missing"]],
    ],
    [
      "a segment is missing where another backup's own WAL bridges it",
      { backups: [90, 119], segments: [...range(90, 117), ...range(119, 160)] },
      [[END(117), READY(119), "wal-missing"]],
    ],
    [
      "WAL inside the second backup is missing",
      { backups: [90, 130], segments: [...range(90, 129), ...range(131, 160)] },
      [
        [END(129), READY(130), "wal-missing"],
        [READY(130), 160, "bad-backup"],
      ],
    ],
    [
      "a damaged backup costs nothing while the one before it carries on",
      {
        backups: [90, 130],
        segments: range(90, 160),
        change: (set) => (set.label === "backup-130" ? { ...set, error: true } : set),
      },
      [],
    ],
    [
      "a damaged backup after a hole",
      {
        backups: [90, 130],
        segments: [...range(90, 119), ...range(121, 160)],
        change: (set) => (set.label === "backup-130" ? { ...set, error: true } : set),
      },
      [
        [END(119), READY(130), "wal-missing"],
        [READY(130), 160, "bad-backup"],
      ],
    ],
    [
      "a backup that another one needs is gone",
      { backups: [90], segments: range(90, 160), change: (set) => ({ ...set, references: ["backup-1"] }) },
      [[100, 160, "bad-backup"]],
    ],
    [
      "a backup that ended in a warning",
      {
        backups: [90],
        segments: range(90, 160),
        more: { suspects: new Map([["backup-90", "WARN: page misaligned"]]) },
      },
      [[100, 160, "bad-backup"]],
    ],
  ])("%s", (_, history, expected) => {
    const found = gaps({ ...history, now: NOW });
    expect(found.map(([, , kind]) => kind)).toEqual(expected.map(([, , kind]) => kind));
    for (const [index, [from, to]] of expected.entries()) {
      expect(found[index]![0]).toBeCloseTo(from, 4);
      expect(found[index]![1]).toBeCloseTo(to, 4);
    }
  });

  it("names the segments that are missing", () => {
    const { gaps: list } = coverageOf({
      backups: [90, 130],
      segments: [...range(90, 119), ...range(122, 160)],
      now: NOW,
      days: 1 / 24,
    });
    expect(list[0]!.reason).toEqual({
      kind: "wal-missing",
      label: "backup-90",
      from: name(120),
      to: name(121),
      count: 2,
    });
  });
});

describe("timelines", () => {
  const switches = new Map([[2, { parent: 1, lsn: lsn(120) }]]);
  const segments = [...range(90, 125), ...range(120, 160).map((n) => name(n, 2))];
  const [change] = route({ id: "15-1", segments: [], switches, segmentBytes: SEGMENT_BYTES }, 2).switches;
  const at = (minute: number): Date => new Date(BEGIN + minute * MINUTE);

  it("what a timeline committed after it was left is a gap; before and after it nothing is", () => {
    const breaks = [{ change: change!, from: at(120), to: at(126) }];
    expect(gaps({ backups: [90], segments, switches, followed: 2, now: NOW, more: { breaks } })).toEqual([
      [120, 126, "timeline"],
    ]);
  });

  it("a backup of the abandoned part is no start for anything", () => {
    const breaks = [{ change: change!, from: at(120), to: at(126) }];
    const found = gaps({ backups: [123], segments, switches, followed: 2, now: NOW, more: { breaks } });
    expect(found.map(([, , kind]) => kind)).toEqual(["younger", "bad-backup"]);
  });

  it("what only a stray timeline holds is not promised, whatever its number", () => {
    // The source archived up to minute 125; a copy that was promoted at 120 went on until 160.
    expect(gaps({ backups: [90], segments, switches, followed: 1, now: NOW })).toEqual([
      [END(125), 160, "not-archived"],
    ]);
  });

  it("a backup of a stray timeline is no start for anything", () => {
    const stray: NonNullable<History["change"]> = (set) =>
      set.label === "backup-130" ? { ...set, startSegment: name(130, 2), stopSegment: name(130, 2) } : set;
    const history = { backups: [90, 130], change: stray, segments, switches, now: NOW };
    expect(gaps({ ...history, followed: 1 }).map(([from, , kind]) => [from, kind])).toEqual([
      [END(125), "not-archived"],
    ]);
    expect(gaps({ ...history, followed: 2 })).toEqual([]);
  });

  it("claims nothing on either side when neither instant is known", () => {
    const breaks = [{ change: change!, from: undefined, to: undefined }];
    expect(gaps({ backups: [90], segments, switches, followed: 2, now: NOW, more: { breaks } })).toEqual([
      [100, 160, "timeline"],
    ]);
  });
});

describe("untilByStorage", () => {
  const stored = (minutes: number[], at: (minute: number) => number) => {
    const segments = minutes.map((minute) => ({
      name: name(minute),
      bytes: 1,
      archivedAt: new Date(BEGIN + at(minute) * MINUTE),
    }));
    return route({ id: "15-1", segments, switches: new Map(), segmentBytes: SEGMENT_BYTES }, 1).runs[0]!;
  };
  const { sets } = factsOf({ backups: [90, 130], segments: [], now: NOW });

  it("is when the last segment but one was stored", () => {
    const run = stored(range(90, 119), (minute) => minute + 1.1);
    expect(untilByStorage(run, sets, SEGMENT_BYTES)).toEqual(new Date(BEGIN + 119.1 * MINUTE));
  });

  it("never lies after a backup that began later, however late a copy of the repository was made", () => {
    const run = stored(range(90, 119), () => 10_000);
    expect(untilByStorage(run, sets, SEGMENT_BYTES)).toEqual(sets[1]!.started);
  });

  it("is nothing for a single segment", () => {
    expect(
      untilByStorage(
        stored([90], () => 91),
        sets,
        SEGMENT_BYTES,
      ),
    ).toBeUndefined();
  });
});

describe("what breaks the promise", () => {
  const tail = coverageOf({ backups: [90], segments: range(90, 150), now: NOW, days: 1 / 24 });
  it("is not the newest moments within the promised loss", () => {
    expect(broken(tail, 600)).toEqual([]);
    expect(broken(tail, 300)).toHaveLength(1);
  });

  it("is not what lies before the first backup ever, but what was expired", () => {
    const young = { backups: [110], segments: range(90, 160), now: NOW, days: 1 / 24 };
    expect(broken(coverageOf(young), 300)).toEqual([]);
    const more = { oldestKnown: { label: "backup-20", at: new Date(BEGIN) } };
    expect(broken(coverageOf({ ...young, more }), 300)).toHaveLength(1);
  });
});

/** Any history: backups anywhere, any segments lost, some backups damaged. */
const anyHistory = fc
  .record({
    backups: fc.uniqueArray(fc.integer({ min: 60, max: 155 }), { maxLength: 5 }),
    lost: fc.array(fc.integer({ min: 60, max: 160 }), { maxLength: 8 }),
    damaged: fc.nat(4),
    now: fc.integer({ min: 100, max: 200 }),
  })
  .map(({ backups, lost, damaged, now }): History => {
    const bad = backups[damaged];
    return {
      backups,
      segments: range(60, 160).filter((n) => !lost.includes(n)),
      now,
      days: 1 / 24,
      change: (set) => ({ ...set, error: set.label === `backup-${bad}` }),
    };
  });

describe("whatever the history", () => {
  it("restorable stretches and gaps partition the window", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const { window, restorable, gaps: list } = coverageOf(history);
        const all = [...restorable, ...list].sort((a, b) => a.from - b.from);
        expect(union(all)).toEqual([window]);
        expect(all.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(window.to - window.from);
        for (const { from, to } of all) expect(from).toBeLessThan(to);
      }),
    );
  });

  it("removing a segment never makes anything restorable", () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), (history, pick) => {
        fc.pre(history.segments.length > 0);
        const victim = history.segments[pick % history.segments.length];
        const before = coverageOf(history);
        const after = coverageOf({ ...history, segments: history.segments.filter((s) => s !== victim) });
        expect(measure([...before.restorable, ...after.restorable])).toBe(measure(before.restorable));
        expect(share(after)).toBeLessThanOrEqual(share(before));
      }),
    );
  });

  it("removing a backup, or damaging it, never makes anything restorable", () => {
    fc.assert(
      fc.property(anyHistory, fc.nat(), (history, pick) => {
        fc.pre(history.backups.length > 0);
        const victim = history.backups[pick % history.backups.length];
        const facts = factsOf(history);
        const before = cover(facts);
        const after = cover({ ...facts, sets: facts.sets.filter((s) => s.label !== `backup-${victim}`) });
        expect(measure([...before.restorable, ...after.restorable])).toBe(measure(before.restorable));
      }),
    );
  });
});
