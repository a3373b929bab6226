import { describe, expect, it } from "vitest";
import { type BackupSet, backupFor } from "../../../scripts/backup/backup-set";
import type { CheckpointReference } from "../../../scripts/backup/checkpoint";
import { OpsError } from "../../../scripts/core/errors";
import { lsnValue } from "../../../scripts/postgres/recovery-target";
import { resolveGoal } from "../../../scripts/restore/target";

const set = (label: string, finished: string, stopLsn: string): BackupSet => ({
  label,
  type: "full",
  started: new Date(finished),
  finished: new Date(finished),
  startLsn: stopLsn,
  stopLsn,
  startSegment: "000000010000000000000002",
  stopSegment: "000000010000000000000002",
  archiveId: "15-1",
  error: false,
  databaseBytes: 1,
  repositoryBytes: 1,
  references: [],
});
const point = (name: string, at: string, lsn: string): CheckpointReference => ({
  name,
  at,
  target: "restore-point",
  lsn,
  timeline: 1,
  artifact: "",
});

const monday = set("monday", "2026-11-16T18:40:00Z", "0/2000100");
const tuesday = set("tuesday", "2026-11-17T18:40:00Z", "0/9000100");
const sets = [monday, tuesday];
const checkpoints = [
  point("c-monday", "2026-11-16T18:41:00Z", "0/3000000"),
  point("c-tuesday", "2026-11-17T18:41:00Z", "0/A000000"),
];
const now = new Date("2026-11-18T00:00:00Z");
const goal = (text: string) => resolveGoal(text, sets, checkpoints, now);

describe("resolveGoal", () => {
  it.each([
    ["c-monday", "monday", "c-monday"],
    ["c-tuesday", "tuesday", "c-tuesday"],
    ["latest", "tuesday", "c-tuesday"],
    ["2026-11-17T12:00:00Z", "monday", "c-monday"],
    ["2026-11-17T19:00:00Z", "tuesday", "c-tuesday"],
    // Between tuesday's backup and its checkpoint: starts from monday's, so that content is compared on the way.
    ["2026-11-17T18:40:30Z", "monday", "c-monday"],
    // No zone: Asia/Shanghai, eight hours ahead.
    ["2026-11-18 03:00:00", "tuesday", "c-tuesday"],
  ])("%s starts from %s and compares at %s", (text, label, checkpoint) => {
    expect(goal(text)).toMatchObject({ set: { label }, checkpoint: { name: checkpoint } });
  });

  it("has nothing to compare with before the first checkpoint", () => {
    expect(goal("2026-11-16T18:40:30Z")).toMatchObject({ set: { label: "monday" }, checkpoint: undefined });
  });

  it.each([
    ["2026-11-01T00:00:00Z", "instant", "2026-11-16T18:40:01"],
    ["2026-12-01T00:00:00Z", "instant", ""],
    ["2026-11-17", "instant", ""],
    ["2026-02-30 10:00:00", "instant", ""],
    ["no-such-checkpoint", "unknownTarget", "c-tuesday"],
  ])("refuses %s", (text, exit, expected) => {
    const error = caught(() => goal(text));
    expect(error.exit).toBe(exit);
    expect(error.expected ?? "").toContain(expected);
  });

  it("refuses everything when there is no backup", () => {
    expect(caught(() => resolveGoal("latest", [], [], now)).exit).toBe("instant");
  });
});

it("does not start from a backup that ended in the very second of the target", () => {
  const at = new Date(tuesday.finished.getTime() + 500);
  expect(backupFor(sets, { kind: "time", at })?.label).toBe("monday");
});

it("compares LSNs as numbers", () => {
  expect(lsnValue("1/0")).toBeGreaterThan(lsnValue("0/FFFFFFFF"));
});

function caught(body: () => unknown): OpsError {
  try {
    body();
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
