// Every mistake that a migration file can hold, each at its line and column, as the person who wrote it would look for it.
import { beforeAll, describe, expect, it } from "vitest";
import { showProblem } from "../../../policies/engine/yaml";
import { createHost } from "../../../scripts/machine";
import { createMigrationFiles } from "../../../scripts/migrate/adapter";
import { readMigration } from "../../../scripts/migrate/file";
import type { SqlParse } from "../../../scripts/migrate/migration";

let parse: SqlParse;
beforeAll(async () => {
  parse = await createMigrationFiles(createHost(), "/").grammar();
});

const read = (text: string | Uint8Array, file = "0001_note.sql") =>
  readMigration(file, typeof text === "string" ? Buffer.from(text) : text, parse);

const UP = "-- Up Migration\nALTER TABLE a.b ADD COLUMN c text;\n";
const DOWN = "-- Down Migration\nALTER TABLE a.b DROP COLUMN c;\n";
const GOOD = `-- ops:phase expand\n${UP}${DOWN}`;

describe("a good file", () => {
  it("becomes steps: what is committed together", () => {
    const { migration } = read(
      `-- 订单\n-- ops:phase expand\n-- Up Migration\nCREATE TABLE a.b (x bigint); CREATE TABLE a.c (x bigint);
-- ops:no-transaction
CREATE INDEX CONCURRENTLY i ON a.d (x);
-- ops:backfill table=a.d key=id batch=50 pause=10
UPDATE a.d SET x = 1 WHERE id > $1 AND id <= $2;
ALTER TABLE a.d ADD y text;
-- ops:new-transaction
ALTER TABLE a.e ADD y text;
${DOWN}`,
    );
    expect(migration?.up.map(({ kind, statements }) => `${kind} ${statements.length}`)).toEqual([
      "transaction 2",
      "alone 1",
      "backfill 1",
      "transaction 1",
      "transaction 1",
    ]);
    expect(migration?.up[2]?.statements[0]).toMatchObject({
      line: 8,
      column: 1,
      backfill: { table: "a.d", key: "id", batch: 50, pause: 10 },
    });
  });

  it("is another migration as soon as one byte differs", () => {
    expect(read(GOOD).migration?.sha256).not.toBe(read(`${GOOD}\n`).migration?.sha256);
  });

  it("says what an older release may rely on", () => {
    const text = `-- ops:phase contract\n-- ops:requires-release >= 1.2.0\n-- Up Migration\nALTER TABLE a.b DROP COLUMN c;\n-- Down Migration\nALTER TABLE a.b ADD COLUMN c text;`;
    expect(read(text).migration).toMatchObject({
      requiresRelease: "1.2.0",
      breaks: ["drops column a.b.c"],
    });
  });
});

describe("a bad file", () => {
  it.each<[string, string | Uint8Array, string]>([
    ["no way back", `-- ops:phase expand\n${UP}`, "0001_note.sql:1:1: there is no down section"],
    ["an empty way back", `-- ops:phase expand\n${UP}-- Down Migration\n`, "the down section is empty"],
    ["no way forward", `-- ops:phase expand\n${DOWN}`, "there is no up section"],
    ["no phase", UP + DOWN, "0001_note.sql:1:1: the phase is missing"],
    [
      "an unknown phase",
      GOOD.replace("expand", "extend"),
      '1:1: ops:phase extend (expected one of expand, migrate, contract; did you mean "expand"?)',
    ],
    [
      "a syntax error after Chinese text",
      `-- ops:phase expand\n-- Up Migration\n-- 注释\nALTER TABEL a.b ADD c text;\n${DOWN}`,
      '0001_note.sql:4:7: syntax error at or near "TABEL"',
    ],
    [
      "a syntax error in the way back",
      `-- ops:phase expand\n${UP}-- Down Migration\nSELECT 1;\nDROP;\n`,
      '0001_note.sql:6:5: syntax error at or near ";"',
    ],
    ["bytes that are no UTF-8", Buffer.from([0x2d, 0x2d, 0xff, 0x0a]), "the file is not UTF-8"],
    [
      "an unknown directive",
      `-- ops:phase expand\n-- ops:phse x\n${UP}${DOWN}`,
      "2:1: unknown directive ops:phse (expected one of phase, requires-release",
    ],
    [
      "an unknown directive at a statement",
      GOOD.replace("ALTER", "-- ops:no-transaktion\nALTER"),
      'did you mean "no-transaction"?',
    ],
    [
      "a statement's directive in the head",
      `-- ops:no-transaction\n${GOOD}`,
      "1:1: ops:no-transaction belongs to a statement",
    ],
    [
      "the head's directive at a statement",
      GOOD.replace("ALTER", "-- ops:phase expand\nALTER"),
      "3:1: ops:phase inside a section",
    ],
    [
      "a directive inside a statement",
      GOOD.replace("ADD", "\n-- ops:no-transaction\nADD"),
      "4:1: ops:no-transaction inside a statement",
    ],
    [
      "a directive after the last statement",
      `${GOOD}-- ops:no-transaction\n`,
      "ops:no-transaction after the last statement",
    ],
    [
      "a contract without a release",
      GOOD.replace("expand", "contract"),
      "a contract must say which release makes it safe",
    ],
    ["a release that is no version", `-- ops:requires-release > 1\n${GOOD}`, "ops:requires-release > 1"],
    [
      "a forward fix without a reason",
      `-- ops:forward-fix\n-- ops:phase expand\n${UP}`,
      "ops:forward-fix without a reason",
    ],
    [
      "both a way back and a forward fix",
      `-- ops:forward-fix "none"\n${GOOD}`,
      "both a down section and ops:forward-fix",
    ],
    [
      "a backfill without a batch",
      GOOD.replace("ALTER", "-- ops:backfill table=a.b key=id\nALTER"),
      "3:1: ops:backfill table=a.b key=id",
    ],
    [
      "an allowance without a reason",
      GOOD.replace("ALTER", "-- ops:allow drop-column\nALTER"),
      "ops:allow drop-column",
    ],
    ["two up sections", `-- ops:phase expand\n${UP}${UP}${DOWN}`, "a second up section"],
  ])("%s", (_, text, problem) => {
    const { migration, problems } = read(text);
    expect(migration).toBeUndefined();
    expect(problems.map(showProblem).join("\n")).toContain(problem);
  });

  it("that is not called like a migration", () => {
    expect(read(GOOD, "1_note.sql").problems.map(showProblem).join()).toContain(
      "not called like a migration",
    );
  });
});
