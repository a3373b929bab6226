// What may happen to a file of a repository, and what may not.
import { describe, expect, it } from "vitest";
import type { BackupSet } from "../../../scripts/backup/backup-set";
import {
  complete,
  type Inventory,
  judgeInventory,
  kindOf,
  NEVER,
  type Reading,
  type RecordedFile,
  type RepositoryFile,
} from "../../../scripts/backup/inventory";

const NOW = new Date("2026-11-24T02:00:00Z");
const BEFORE = "2026-11-23T02:00:00.000Z";

const OLD = "20260901-020000F";
const FULL = "20261122-020000F";
const INCR = `${FULL}_20261123-020000I`;

const set = (label: string, finished: string, startSegment: string, references: string[] = []) =>
  ({
    label,
    finished: new Date(finished),
    references,
    startSegment,
    archiveId: "15-1",
    error: false,
  }) as unknown as BackupSet;

const SETS = [
  set(OLD, "2026-09-01T02:00:00Z", "000000010000000000000002"),
  set(FULL, "2026-11-22T02:00:00Z", "000000010000000000000010"),
  set(INCR, "2026-11-23T02:00:00Z", "000000010000000000000020", [FULL]),
];

const wal = (segment: string): string =>
  `archive/s/15-1/${segment.slice(0, 16)}/${segment}-${"a".repeat(40)}.zst`;
const NAMES = [
  "archive/s/archive.info",
  "backup/s/backup.info",
  `backup/s/${OLD}/backup.manifest`,
  `backup/s/${FULL}/pg_data/base/1/2.zst`,
  `backup/s/${INCR}/backup.manifest`,
  `backup/s/backup.history/2026/${FULL}.manifest.gz`,
  wal("000000010000000000000002"),
  wal("000000010000000000000011"),
  "archive/s/15-1/00000002.history",
];

const file = (name: string): RepositoryFile => ({ name, bytes: 10, modified: BEFORE });
const recordedFile = (name: string): RecordedFile => ({
  ...file(name),
  sha256: `of ${name}`,
  verified: BEFORE,
  ...(name.endsWith(".info") ? { content: `in ${name}` } : {}),
});

const recorded: Inventory = {
  taken: BEFORE,
  files: NAMES.map(recordedFile),
  sets: SETS.map((s) => ({ ...s, finished: s.finished.toISOString() })),
};

/** Everything as it was, but for what is given. */
function judged(change: Partial<Reading> & { without?: RegExp; read?: Record<string, string> } = {}) {
  const { without, read = {}, ...rest } = change;
  return judgeInventory({
    recorded,
    present: NAMES.filter((name) => !without?.test(name)).map(file),
    sets: SETS,
    digests: new Map(Object.entries(read)),
    contents: new Map(),
    sound: true,
    now: NOW,
    days: 30,
    ...rest,
  });
}

describe("an inventory", () => {
  it("goes on from what was recorded when nothing happened", () => {
    const { problems, inventory } = judged();
    expect(problems).toEqual([]);
    expect(inventory.files).toEqual(recorded.files);
  });

  it("notes when a file was read and found the same", () => {
    const name = NAMES[3]!;
    const { inventory } = judged({ read: { [name]: `of ${name}` } });
    expect(inventory.files.find((f) => f.name === name)?.verified).toBe(NOW.toISOString());
  });

  it("says so when a file has other bytes, and goes on saying it", () => {
    const name = NAMES[3]!;
    const first = judged({ read: { [name]: "something else" } });
    expect(first.problems.join()).toMatch(/2\.zst was altered/);
    expect(first.inventory.files.find((f) => f.name === name)).toMatchObject({
      sha256: `of ${name}`,
      verified: NEVER,
    });
    const second = judged({ recorded: first.inventory, read: { [name]: "something else" } });
    expect(second.problems).toHaveLength(1);
    const mended = judged({ recorded: second.inventory, read: { [name]: `of ${name}` } });
    expect(mended.problems).toEqual([]);
  });

  it("takes in what is new only when the engine found no fault", () => {
    const fresh = wal("000000010000000000000030");
    const present = [...NAMES, fresh].map(file);
    const read = { [fresh]: "new" };
    expect(judged({ present, read }).inventory.files.map((f) => f.name)).toContain(fresh);
    expect(judged({ present, read, sound: false }).inventory.files.map((f) => f.name)).not.toContain(fresh);
  });

  // Each is missing at once, stays missing, and is found again when it is back.
  it.each([
    ["a file of a backup that is listed", /pg_data/, /2\.zst is missing/],
    ["a manifest", new RegExp(`${INCR}/backup.manifest`), /backup\.manifest is missing/],
    ["WAL after the first backup", /0000000011-/, /is missing/],
    ["WAL that only the oldest backup needs, while it is listed", /0000000002-/, /is missing/],
    ["an info file", /backup\.info/, /backup\.info is missing/],
    ["a timeline's history", /\.history$/, /00000002\.history is missing/],
    ["the manifest kept in history of a listed backup", /backup\.history/, /manifest\.gz is missing/],
  ])("misses %s", (_, without, what) => {
    const first = judged({ without });
    expect(first.problems.join()).toMatch(what);
    expect(judged({ recorded: first.inventory, without }).problems.join()).toMatch(what);
    expect(judged({ recorded: first.inventory }).problems).toEqual([]);
  });

  it("lets a backup go that no promised date needs, with its WAL", () => {
    const { problems, inventory } = judged({
      without: new RegExp(`${OLD}|0000000002-`),
      sets: SETS.slice(1),
      read: { "backup/s/backup.info": "rewritten" },
    });
    // 30 days back the oldest backup is still the one to restore from.
    expect(problems.join()).toMatch(new RegExp(`backup ${OLD} is gone; it is needed from`));
    const shorter = judged({
      without: new RegExp(`${OLD}|0000000002-`),
      sets: SETS.slice(1),
      read: { "backup/s/backup.info": "rewritten" },
      days: 1,
    });
    expect(shorter.problems).toEqual([]);
    expect(shorter.expired).toBe(2);
    expect(inventory.sets.map((s) => s.label)).toContain(OLD);
    expect(shorter.inventory.sets.map((s) => s.label)).not.toContain(OLD);
  });

  it("misses a backup that a promised date needs, even where its files are still there", () => {
    const { problems, inventory } = judged({
      sets: SETS.slice(0, 2),
      present: NAMES.filter((name) => !name.includes(INCR)).map(file),
    });
    expect(problems.join()).toMatch(new RegExp(`backup ${INCR} is gone`));
    expect(judged({ recorded: inventory, sets: SETS.slice(0, 2) }).problems.join()).toMatch(/is gone/);
  });

  it("lets an info file be rewritten with the same content, or when backups or archives changed", () => {
    const read = { "backup/s/backup.info": "rewritten" };
    expect(judged({ read }).problems.join()).toMatch(/backup\.info was altered/);
    const contents = new Map([["backup/s/backup.info", "in backup/s/backup.info"]]);
    expect(judged({ read, contents }).problems).toEqual([]);
    const more = [...SETS, set("20261124-010000F", "2026-11-24T01:00:00Z", "000000010000000000000040")];
    expect(judged({ read, sets: more }).problems).toEqual([]);
    const upgraded = [...NAMES, wal("000000010000000000000011").replace("15-1", "16-2")].map(file);
    expect(judged({ read, present: upgraded }).problems).toEqual([]);
    // Another file is never rewritten.
    const manifest = { [NAMES[2]!]: "rewritten" };
    expect(judged({ read: manifest, sets: more }).problems).toHaveLength(1);
  });

  it("leaves out a backup that is being taken, and what the engine is writing", () => {
    const files = [...NAMES, "backup/s/20261124-015900F/pg_data/x.zst", `${NAMES[3]}.pgbackrest.tmp`].map(
      file,
    );
    expect(complete(files, SETS).map((f) => f.name)).toEqual(NAMES);
  });
});

describe("a file's kind", () => {
  it.each([
    ["archive/my-stanza/archive.info.copy", { kind: "info" }],
    [
      "backup/s/20261122-020000F_20261123-020000D/bundle/1",
      { kind: "backup", label: "20261122-020000F_20261123-020000D" },
    ],
    [
      wal("0000000200000000000000AB"),
      { kind: "wal", archiveId: "15-1", segment: "0000000200000000000000AB" },
    ],
    [
      "archive/s/15-1/0000000100000000/000000010000000000000004.000005F0.backup",
      { kind: "wal", archiveId: "15-1", segment: "000000010000000000000004" },
    ],
    ["archive/s/15-1/00000003.history", { kind: "timeline", archiveId: "15-1", segment: "00000003G" }],
    ["backup/s/latest", { kind: "other" }],
  ])("of %s", (name, kind) => expect(kindOf(name)).toEqual(kind));
});
