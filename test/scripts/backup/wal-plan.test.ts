import { describe, expect, it } from "vitest";
import { segmentName, type WalSegment } from "../../../scripts/backup/wal";
import { planWal, STEP_SEGMENTS, walSpace } from "../../../scripts/backup/wal-plan";

const BYTES = 16 * 1024 * 1024;
const AT = new Date("2026-11-23T04:00:00Z");
const name = (timeline: number, number: number): string => segmentName(timeline, BigInt(number), BYTES);
/** Segments of one timeline, one stored each minute, number 10 at 04:00. */
const run = (timeline: number, from: number, to: number): WalSegment[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    name: name(timeline, from + i),
    bytes: 1,
    archivedAt: new Date(AT.getTime() + (from + i - 10) * 60_000),
  }));
const set = { startSegment: name(1, 3), stopSegment: name(1, 4) };
const checkpoint = { segment: name(1, 6), segmentBytes: BYTES };
const restorePoint = { kind: "restore-point", name: "c", lsn: "0/6000100", at: AT } as const;
const names = (plan: { segments: readonly WalSegment[] }): string[] => plan.segments.map((one) => one.name);
const common = { set, checkpoint, segments: run(1, 1, 40), switches: new Map(), timeline: 1 };

describe("planWal", () => {
  it("ends at the restore point's own segment", () => {
    const plan = planWal({ ...common, target: restorePoint });
    expect(names(plan)).toEqual(run(1, 3, 6).map((one) => one.name));
    expect(plan).toMatchObject({ certain: 4, until: undefined, histories: [] });
  });

  it("takes everything archived for the latest state", () => {
    const plan = planWal({ ...common, target: { kind: "latest" } });
    expect(names(plan)).toEqual(run(1, 3, 40).map((one) => one.name));
    expect(plan).toMatchObject({ certain: 38, until: undefined });
  });

  it("takes for an instant what is certain, and then goes by what WAL itself says", () => {
    const plan = planWal({ ...common, target: { kind: "time", at: AT } });
    expect(names(plan)).toEqual(run(1, 3, 40).map((one) => one.name));
    expect(plan).toMatchObject({ certain: 4, until: AT });
  });

  it("needs the whole backup even without a checkpoint", () => {
    const plan = planWal({ ...common, checkpoint: undefined, target: { kind: "time", at: AT } });
    expect(plan.certain).toBe(2);
  });

  it("follows timelines, with their history files", () => {
    const switches = new Map([[2, { parent: 1, lsn: "0/8800000" }]]);
    const segments = [...run(1, 1, 9), ...run(2, 8, 12)];
    const plan = planWal({ ...common, segments, switches, timeline: 2, target: { kind: "latest" } });
    expect(names(plan)).toEqual([...run(1, 3, 7), ...run(2, 8, 12)].map((one) => one.name));
    expect(plan.histories).toEqual([2]);
  });

  it("stays on its own timeline, whatever newer ones the archive holds", () => {
    const switches = new Map([[2, { parent: 1, lsn: "0/8800000" }]]);
    const segments = [...run(1, 1, 12), ...run(2, 8, 40)];
    const plan = planWal({ ...common, segments, switches, target: { kind: "latest" } });
    expect(names(plan)).toEqual(run(1, 3, 12).map((one) => one.name));
  });

  it("fetches what both ways need when the checkpoint lies beyond the switch, on the timeline that was left", () => {
    const switches = new Map([[2, { parent: 1, lsn: "0/5800000" }]]);
    const segments = [...run(1, 1, 6), ...run(2, 5, 7)];
    const plan = planWal({ ...common, segments, switches, timeline: 2, target: { kind: "latest" } });
    expect(names(plan)).toEqual([...run(1, 3, 6), ...run(2, 5, 7)].map((one) => one.name));
  });

  it("fetches nothing that is not there, and nothing twice", () => {
    const segments = common.segments.filter((one) => one.name !== name(1, 5));
    const plan = planWal({ ...common, segments: [...segments, segments[4]!], target: restorePoint });
    expect(names(plan)).toEqual([name(1, 3), name(1, 4), name(1, 6)]);
    expect(plan.certain).toBe(3);
  });

  it("refuses a timeline that does not descend from the backup's", () => {
    const switches = new Map([[3, { parent: 2, lsn: "0/8800000" }]]);
    expect(() =>
      planWal({ ...common, switches, timeline: 3, segments: run(3, 8, 9), target: { kind: "latest" } }),
    ).toThrow(/no history of timeline 2/);
  });
});

describe("walSpace", () => {
  it.each([
    ["a restore point", restorePoint, common.segments, 4],
    ["the latest state", { kind: "latest" }, common.segments, 38],
    // 3…10 stored by then, 11 the first one later, and one step that may be in vain.
    ["an instant", { kind: "time", at: AT }, common.segments, 8 + 1 + STEP_SEGMENTS],
    [
      "an instant, times unknown",
      { kind: "time", at: AT },
      common.segments.map(({ name: n }) => ({ name: n, bytes: 1 })),
      38,
    ],
    ["an instant near the end", { kind: "time", at: AT }, run(1, 1, 12), 10],
    // A repository that was copied: every time is the copy's own.
    [
      "an instant, all stored later",
      { kind: "time", at: new Date(0) },
      common.segments,
      4 + 1 + STEP_SEGMENTS,
    ],
  ] as const)("of %s", (_name, target, segments, expected) => {
    expect(walSpace(planWal({ ...common, segments, target }), BYTES)).toBe(expected * BYTES);
  });
});
