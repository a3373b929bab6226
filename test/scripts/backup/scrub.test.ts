// Is everything read again in time, and nothing more than that? Histories of files that come, change and go.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEVER, type RecordedFile, type RepositoryFile } from "../../../scripts/backup/inventory";
import { NEXT_RUN_DAYS, parsePeriod, planScrub } from "../../../scripts/backup/scrub";

const DAY = 24 * 3600 * 1000;
const START = Date.parse("2026-11-01T02:00:00Z");

const file = (name: string, bytes: number, modified = "2026-10-01T00:00:00.000Z"): RepositoryFile => ({
  name,
  bytes,
  modified,
});

/** One run: what the plan says is read, and then recorded as read. */
function run(
  recorded: readonly RecordedFile[],
  present: readonly RepositoryFile[],
  days: number,
  at: number,
) {
  const now = new Date(at);
  const since =
    recorded.length > 0 ? new Date(Math.max(...recorded.map((f) => Date.parse(f.verified)))) : now;
  const plan = planScrub(recorded, present, days, now, since);
  const read = new Set([...plan.added, ...plan.changed, ...plan.reread].map((f) => f.name));
  const before = new Map(recorded.map((f) => [f.name, f]));
  const next = present.map((f): RecordedFile => {
    const known = before.get(f.name);
    return read.has(f.name) || !known ? { ...f, sha256: "x", verified: now.toISOString() } : known;
  });
  return { plan, read, recorded: next };
}

const history = fc.record({
  days: fc.integer({ min: 2, max: 30 }),
  /** What was read again is deleted right away: the budget, a part of what is left, shrinks as fast as the work. */
  readGoes: fc.boolean(),
  /** Each run: hours since the last, files that come (sizes), and which of the present ones change or go. */
  runs: fc.array(
    fc.record({
      hours: fc.oneof(
        fc.constant(NEXT_RUN_DAYS * 24),
        fc.double({ min: 0.01, max: NEXT_RUN_DAYS * 24, noNaN: true }),
      ),
      come: fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 6 }),
      go: fc.array(fc.nat(50), { maxLength: 6 }),
      change: fc.array(fc.nat(50), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 50 },
  ),
});

describe("scrubbing", () => {
  it("reads every file again within the period, whatever comes and goes", () => {
    fc.assert(
      fc.property(history, ({ days, readGoes, runs }) => {
        let present = Array.from({ length: 120 }, (_, i) => file(`first${i}`, 100));
        let { recorded } = run([], present, days, START);
        let at = START;
        let count = 0;
        let reread = new Set<string>();
        for (const step of runs) {
          at += step.hours * 3600 * 1000;
          // At the latest moment before this run no file is older than the period.
          for (const f of recorded) expect(at - Date.parse(f.verified)).toBeLessThanOrEqual(days * DAY + 1);
          present = present.filter((f, i) => !step.go.includes(i) && !(readGoes && reread.has(f.name)));
          present = present.map((f, i) =>
            step.change.includes(i) ? { ...f, modified: new Date(at).toISOString() } : f,
          );
          for (const bytes of step.come) present.push(file(`f${++count}`, bytes));
          const done = run(recorded, present, days, at);
          reread = new Set(done.plan.reread.map((f) => f.name));
          recorded = done.recorded;
        }
      }),
    );
  });

  it("reads at once what is new or has another size or time", () => {
    fc.assert(
      fc.property(history, ({ days, runs }) => {
        let present: RepositoryFile[] = [];
        let recorded: RecordedFile[] = [];
        let at = START;
        let count = 0;
        for (const step of runs) {
          at += step.hours * 3600 * 1000;
          const fresh = step.come.map((bytes) => file(`f${++count}`, bytes));
          const changed = present.filter((_, i) => step.change.includes(i)).map((f) => f.name);
          present = present.map((f) => (changed.includes(f.name) ? { ...f, bytes: f.bytes + 1 } : f));
          present.push(...fresh);
          const done = run(recorded, present, days, at);
          for (const name of [...fresh.map((f) => f.name), ...changed]) expect(done.read).toContain(name);
          recorded = done.recorded;
        }
      }),
    );
  });

  // The arithmetic of the file's first lines: at most total / 28.75 = 3.5 % of the bytes and one file a run.
  it("reads at most 1/28.75 of the bytes and one file on each daily run when nothing changes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 31, max: 95 }),
        (sizes, runs) => {
          const present = sizes.map((bytes, i) => file(`f${String(i).padStart(4, "0")}`, bytes));
          const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
          let { recorded } = run([], present, 30, START);
          for (let day = 1; day <= runs; day++) {
            const step = run(recorded, present, 30, START + day * DAY);
            expect(step.plan.rereadBytes).toBeLessThanOrEqual(total / 28.75 + Math.max(...sizes));
            recorded = step.recorded;
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it("stays under a tenth in a repository of many files", () => {
    const present = Array.from({ length: 2000 }, (_, i) =>
      file(`f${String(i).padStart(5, "0")}`, 100 + (i % 97)),
    );
    const total = present.reduce((sum, f) => sum + f.bytes, 0);
    let { recorded } = run([], present, 30, START);
    const shares: number[] = [];
    for (let day = 1; day <= 90; day++) {
      const step = run(recorded, present, 30, START + day * DAY);
      shares.push(step.plan.rereadBytes / total);
      recorded = step.recorded;
    }
    expect(Math.max(...shares)).toBeLessThan(0.1);
    expect(Math.max(...shares)).toBeLessThan(1 / 28.75 + 0.001);
  });

  it("has read everything after so many runs, however soon one follows the other", () => {
    const present = Array.from({ length: 100 }, (_, i) =>
      file(`f${String(i).padStart(3, "0")}`, 1 + (i % 7)),
    );
    let { recorded } = run([], present, 10, START);
    const read = new Set<string>();
    for (let i = 1; i <= 10; i++) {
      const step = run(recorded, present, 10, START + i * 1000);
      for (const f of step.plan.reread) read.add(f.name);
      recorded = step.recorded;
    }
    expect(read.size).toBe(100);
  });

  it("makes up for runs that were missed", () => {
    const present = Array.from({ length: 1000 }, (_, i) => file(`f${String(i).padStart(4, "0")}`, 10));
    const { recorded } = run([], present, 30, START);
    const { plan } = run(recorded, present, 30, START + 7 * DAY);
    expect(plan.rereadBytes).toBeGreaterThanOrEqual((7 / 30) * 10_000);
  });

  it("reads everything with 1/1, nothing unchanged without a period, and always what was found altered", () => {
    const present = [file("a", 5), file("b", 5), file("c", 5)];
    const { recorded } = run([], present, 30, START);
    const now = new Date(START + 1000);
    expect(planScrub(recorded, present, 1, now).reread).toHaveLength(3);
    expect(planScrub(recorded, present, undefined, now).reread).toEqual([]);
    const suspect = recorded.map((f) => (f.name === "b" ? { ...f, verified: NEVER } : f));
    expect(planScrub(suspect, present, undefined, now).reread.map((f) => f.name)).toEqual(["b"]);
    expect(planScrub(recorded, present.slice(1), 30, now).missing.map((f) => f.name)).toEqual(["a"]);
  });

  it.each([
    ["1/30", 30],
    ["2/30", 15],
    ["1/1", 1],
  ])("takes %s as a period of %d days", (text, days) => expect(parsePeriod(text)).toBe(days));

  it.each(["", "30", "1/0", "0/30", "2/1", "1/x", "-1/30", "1/30 "])("refuses %j", (text) => {
    expect(() => parsePeriod(text)).toThrow(/--scrub/);
  });
});
