// Files against the database's history, one line a situation; and what each allows.
import { describe, expect, it } from "vitest";
import type { OpsError } from "../../../scripts/core/errors";
import type { Migration, Step } from "../../../scripts/migrate/migration";
import {
  beginning,
  duplicateNumbers,
  type HistoryRow,
  pendingOf,
  planDown,
  refuseBroken,
  stateOf,
} from "../../../scripts/migrate/state";

const step: Step = { kind: "transaction", statements: [] };
const file = (number: number, more: Partial<Migration> = {}): Migration => ({
  number,
  name: `000${number}_m`,
  file: `m/000${number}_m.sql`,
  sha256: `sha-${number}`,
  phase: "expand",
  requiresRelease: undefined,
  breaks: [],
  up: [step, step],
  down: [step],
  forwardFix: undefined,
  ...more,
});
const row = (number: number, more: Partial<HistoryRow> = {}): HistoryRow => ({
  number,
  name: `000${number}_m`,
  sha256: `sha-${number}`,
  direction: "up",
  stepsDone: 2,
  finished: true,
  startedAt: "2026-11-25T01:00:00Z",
  finishedAt: "2026-11-25T01:00:05Z",
  checkpoint: "ops-1",
  ...more,
});
const HALF = { finished: false, finishedAt: null, stepsDone: 1 } as const;

const refusal = (body: () => unknown): OpsError => {
  try {
    body();
  } catch (error) {
    return error as OpsError;
  }
  return expect.unreachable();
};

describe("states", () => {
  it.each<[string, Migration[], HistoryRow[], string[], string | undefined]>([
    ["nothing", [], [], [], undefined],
    ["new files", [file(1), file(2)], [], ["pending", "pending"], undefined],
    ["one applied", [file(1), file(2)], [row(1)], ["applied", "pending"], undefined],
    ["edited", [file(1, { sha256: "other" })], [row(1)], ["edited"], "git log"],
    ["renamed", [file(1, { name: "0001_n" })], [row(1)], ["edited"], "git log"],
    ["gone", [], [row(1)], ["missing file"], "back from git"],
    ["out of order", [file(1), file(2)], [row(2)], ["out of order", "applied"], "after the last applied one"],
    ["half-applied", [file(1)], [row(1, HALF)], ["half-applied"], undefined],
    [
      "half-reverted",
      [file(1)],
      [row(1, { ...HALF, direction: "down" })],
      ["half-reverted"],
      "ops migrate down",
    ],
  ])("%s", (_, files, history, states, refused) => {
    const rows = stateOf(files, history);
    expect(rows.map(({ state }) => state)).toEqual(states);
    if (refused === undefined) expect(() => refuseBroken(rows)).not.toThrow();
    else
      expect(refusal(() => refuseBroken(rows))).toMatchObject({
        exit: "migration",
        todo: expect.stringContaining(refused),
      });
  });

  it("what is half-applied is still pending, and comes first", () => {
    expect(pendingOf(stateOf([file(1), file(2)], [row(1, HALF)])).map(({ number }) => number)).toEqual([
      1, 2,
    ]);
  });

  it("two files with one number are a mistake in the second", () => {
    expect(duplicateNumbers([file(1), file(2), file(1, { file: "m/0001_other.sql" })])).toMatchObject([
      { file: "m/0001_other.sql", message: "number 0001 is that of m/0001_m.sql too" },
    ]);
  });
});

describe("where a run begins", () => {
  it.each<[string, HistoryRow | undefined, number, string]>([
    ["a new one", undefined, 0, ""],
    ["one of which nothing committed", row(1, { ...HALF, stepsDone: 0 }), 0, "begins again at step 1 of 2"],
    ["one that is half done", row(1, HALF), 1, "resumes at step 2 of 2"],
    ["one that was being reverted", row(1, { ...HALF, direction: "down" }), 0, ""],
  ])("%s", (_, history, fromStep, says) => {
    const found = beginning(file(1), "up", history);
    expect(found.fromStep).toBe(fromStep);
    expect(found.says).toContain(says);
  });
});

describe("a revert", () => {
  const files = [file(1), file(2), file(3)];
  const rows = stateOf(files, [row(1), row(2), row(3)]);
  it.each<[string, number | undefined, number[]]>([
    ["the newest", undefined, [3]],
    ["all after one", 1, [3, 2]],
    ["all", 0, [3, 2, 1]],
  ])("%s", (_, to, expected) => {
    expect(planDown(rows, to).map(({ number }) => number)).toEqual(expected);
  });

  it.each<[string, () => unknown, string, string]>([
    [
      "over a forward fix",
      () => planDown(stateOf([file(1, { down: undefined, forwardFix: "none" })], [row(1)]), undefined),
      "migration",
      "cannot be reverted: none",
    ],
    [
      "of an edited file",
      () => planDown(stateOf([file(1, { sha256: "x" })], [row(1)]), undefined),
      "migration",
      "edited",
    ],
    ["to one that is not applied", () => planDown(rows, 7), "usage", "--to 7"],
  ])("is refused %s", (_, body, exit, message) => {
    expect(refusal(body)).toMatchObject({ exit, message: expect.stringContaining(message) });
  });

  it("begins with what is half-applied", () => {
    const half = stateOf(files, [row(1), row(2, HALF)]);
    expect(planDown(half, undefined).map(({ number }) => number)).toEqual([2]);
  });
});
