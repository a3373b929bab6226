// After an expiry every promised instant that could be restored still can: over random histories of backups.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BackupSet, backupFor } from "../../../scripts/backup/backup-set";
import { planRetention, withDependents } from "../../../scripts/backup/retention";

const HOUR = 3600 * 1000;
const T0 = Date.parse("2026-01-01T00:00:00Z");

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(8, "0");

/** A history as pgBackRest makes it: each diff refers to the last full, each incr to the last backup and its references. */
function historyOf(
  steps: readonly { type: BackupSet["type"]; hours: number; error: boolean }[],
): BackupSet[] {
  const sets: BackupSet[] = [];
  let at = T0;
  steps.forEach((step, i) => {
    at += Math.round(step.hours * 3600) * 1000;
    const full = sets.findLast((set) => set.type === "full");
    const last = sets.at(-1);
    const type = full ? step.type : "full";
    const references =
      type === "full" ? [] : type === "diff" ? [full!.label] : [...last!.references, last!.label];
    const segment = `00000001${hex(0)}${hex(i * 3)}`;
    sets.push({
      label: `${type}-${i}`,
      type,
      started: new Date(at - 1000),
      finished: new Date(at),
      startLsn: "0/0",
      stopLsn: "0/0",
      startSegment: segment,
      stopSegment: segment,
      archiveId: "15-1",
      error: step.error,
      databaseBytes: 0,
      repositoryBytes: 0,
      references,
    });
  });
  return sets;
}

const scenario = fc.record({
  steps: fc.array(
    fc.record({
      type: fc.constantFrom("full", "diff", "incr"),
      hours: fc.double({ min: 0, max: 60, noNaN: true }),
      error: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  days: fc.integer({ min: 1, max: 40 }),
  later: fc.integer({ min: 0, max: 60 * 24 }),
});

/** Every instant at which something could change, and its neighbours, within the window. */
function instants(sets: readonly BackupSet[], from: Date, to: Date): Date[] {
  const edges = [from, to, ...sets.flatMap((set) => [set.finished])].map((at) => at.getTime());
  return edges
    .flatMap((at) => [at - 1, at, at + 999, at + 1000, at + 1001, at + HOUR])
    .filter((at) => at >= from.getTime() && at <= to.getTime())
    .map((at) => new Date(at));
}

const plan = ({
  steps,
  days,
  later,
}: {
  steps: Parameters<typeof historyOf>[0];
  days: number;
  later: number;
}) => {
  const sets = historyOf(steps);
  const now = new Date(sets.at(-1)!.finished.getTime() + later * HOUR);
  return { sets, retention: planRetention(sets, now, days) };
};

/** A restore to the instant: its backup, the chain of it, and the first WAL segment it replays. */
function restorable(sets: readonly BackupSet[], at: Date, segments: readonly string[]): string | undefined {
  const set = backupFor([...sets], { kind: "time", at });
  if (!set) return undefined;
  const labels = new Set(sets.map((s) => s.label));
  return set.references.every((label) => labels.has(label)) && segments.includes(set.startSegment)
    ? set.label
    : undefined;
}

describe("retention", () => {
  it("keeps every promised instant restorable, from the same backup", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { sets, retention } = plan(given);
        const all = sets.map((set) => set.startSegment);
        const left = sets.filter((set) => !retention.expendable.includes(set));
        const first = retention.firstSegments.get("15-1")!;
        const segments = all.filter((segment) => segment >= first);
        for (const at of instants(sets, retention.window.from, retention.window.to))
          expect(restorable(left, at, segments)).toBe(restorable(sets, at, all));
      }),
    );
  });

  it("never gives up the newest backup, nor the sound one before a damaged one that is needed", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { sets, retention } = plan(given);
        const kept = retention.needed.map(({ set }) => set);
        expect(kept).toContain(sets.at(-1));
        const newest = sets.findLastIndex((set) => !set.error);
        if (newest >= 0) expect(kept).toContain(sets[newest]);
      }),
    );
  });

  it("expires nothing that something kept refers to, so that the engine removes exactly the plan", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { sets, retention } = plan(given);
        const gone = retention.expendable.flatMap((set) => withDependents(sets, set.label));
        expect(new Set(gone)).toEqual(new Set(retention.expendable));
      }),
    );
  });

  it("keeps nothing without a date: each kept backup serves one, by itself or for another", () => {
    fc.assert(
      fc.property(scenario, (given) => {
        const { sets, retention } = plan(given);
        const times = instants(sets, retention.window.from, retention.window.to);
        const sound = sets.filter((set) => !set.error);
        const serving = new Set(
          [...times.map((at) => backupFor(sets, { kind: "time", at })), sets.at(-1)].flatMap((set) => {
            if (!set) return [];
            const stand = set.error ? sound.findLast((s) => sets.indexOf(s) < sets.indexOf(set)) : undefined;
            return [set, stand].flatMap((s) => (s ? [s.label, ...s.references] : []));
          }),
        );
        for (const { set, periods } of retention.needed) {
          expect(serving).toContain(set.label);
          expect(periods.length).toBeGreaterThan(0);
          for (const { from, to } of periods) {
            expect(from <= to).toBe(true);
            expect(from >= retention.window.from && to <= retention.window.to).toBe(true);
          }
        }
      }),
    );
  });

  it("names the dates that a backup is needed for", () => {
    const sets = historyOf([
      { type: "full", hours: 0, error: false },
      { type: "incr", hours: 24, error: false },
      { type: "full", hours: 24, error: false },
    ]);
    const now = new Date(T0 + 72 * HOUR);
    expect(planRetention(sets, now, 2).needed.map(({ set, periods }) => [set.label, periods])).toEqual([
      // It serves the last second before its incremental, which refers to it for the day that follows.
      ["full-0", [{ from: new Date(T0 + 24 * HOUR), to: new Date(T0 + 48 * HOUR + 999) }]],
      ["incr-1", [{ from: new Date(T0 + 24 * HOUR + 1000), to: new Date(T0 + 48 * HOUR + 999) }]],
      ["full-2", [{ from: new Date(T0 + 48 * HOUR + 1000), to: now }]],
    ]);
    expect(planRetention(sets, now, 1).expendable).toEqual([]);
    const later = planRetention(sets, new Date(T0 + 73 * HOUR), 1);
    expect(later.expendable.map((set) => set.label)).toEqual(["full-0", "incr-1"]);
    expect(later.firstSegments).toEqual(new Map([["15-1", sets[2]!.startSegment]]));
  });
});
