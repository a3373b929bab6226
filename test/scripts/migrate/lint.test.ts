// 37 hazardous migrations, each named for every hazard in it and nothing else; 26 safe ones, about which lint says nothing.
// With PostgreSQL's own grammar and the real squawk.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { createHost } from "../../../scripts/machine";
import { createMigrationFiles } from "../../../scripts/migrate/adapter";
import { readMigration } from "../../../scripts/migrate/file";
import { hazardsOf, type LintReport, lint } from "../../../scripts/migrate/lint";
import type { LiveFacts } from "../../../scripts/migrate/live";
import type { Migration, SqlParse } from "../../../scripts/migrate/migration";
import { FACTS } from "./facts";

const FIXTURES = path.join(__dirname, "fixtures");
const files = createMigrationFiles(createHost(), FIXTURES);
let parse: SqlParse;
beforeAll(async () => {
  parse = await files.grammar();
});

function read(file: string, bytes: Uint8Array): Migration {
  const { migration, problems } = readMigration(file, bytes, parse);
  expect(problems).toEqual([]);
  return migration!;
}

async function report(bytes: Buffer, live: LiveFacts | undefined, name = "0001_x.sql"): Promise<LintReport> {
  return lint([read(name, bytes)], live, { [name]: await files.squawk(bytes.toString("utf8")) });
}

const sql = (phase: string, up: string, down = "SELECT 1;"): Buffer =>
  Buffer.from(
    `-- ops:phase ${phase}\n${phase === "contract" ? "-- ops:requires-release >= 1.1.0\n" : ""}-- Up Migration\n${up}\n-- Down Migration\n${down}\n`,
  );

const rules = (found: LintReport): string[] =>
  [...new Set(hazardsOf(found).map(({ finding }) => finding.rule))].sort();

/** File → hazards. `live:` = only a database can tell. */
const HAZARDOUS: Readonly<Record<string, readonly string[]>> = {
  "0001_index": ["index-blocks-writes"],
  "0002_index_in_transaction": ["needs-no-transaction"],
  "0003_foreign_key": ["foreign-key-scan"],
  "0004_check": ["check-scan"],
  "0005_not_null": ["not-null-scan"],
  "0006_unique": ["unique-without-index"],
  "0007_volatile_default": ["volatile-default"],
  "0008_required_column": ["required-column"],
  "0009_generated_column": ["generated-column"],
  "0010_identity": ["identity-column"],
  "0011_column_type": ["column-type"],
  "0012_rename_column": ["rename-column"],
  "0013_rename_table": ["rename-table"],
  "0014_drop_column": ["drop-column"],
  "0015_drop_table": ["cascade", "drop-table", "live:referenced-table"],
  "0016_update_everything": ["change-without-where"],
  "0017_delete_many": ["unbatched-change"],
  "0018_truncate": ["truncate"],
  "0019_validate_at_once": ["work-under-lock"],
  "0020_two_tables": ["several-tables-locked"],
  "0021_vacuum_full": ["table-rewrite"],
  "0022_refresh": ["refresh-locks-readers"],
  "0023_transaction": ["transaction-control"],
  "0024_anonymous_code": ["anonymous-code"],
  "0025_foreign_key_unindexed": ["live:foreign-key-unindexed"],
  "0026_drop_index": ["drop-index-locks"],
  "0027_detach": ["detach-locks-parent"],
  "0028_partition_of": ["partition-of-locks-parent"],
  "0029_disable_trigger": ["disable-trigger"],
  "0030_enum_at_once": ["enum-value-used-at-once"],
  "0031_backfill_range": ["backfill-range"],
  "0032_unqualified": ["unqualified-name"],
  "0033_overrides_runner": ["overrides-runner"],
  "0034_lock_table": ["lock-table"],
  "0035_published": ["live:published-table"],
  "0036_role": ["not-a-migration"],
  "0037_small_key": ["squawk:prefer-bigint-over-int"],
};
const load = (kind: string, name: string): Buffer => readFileSync(path.join(FIXTURES, kind, `${name}.sql`));
const names = (kind: string): string[] =>
  readdirSync(path.join(FIXTURES, kind)).map((file) => file.replace(/\.sql$/, ""));

describe("hazardous migrations", () => {
  it("are all in the table", () => {
    expect(names("hazardous")).toEqual(Object.keys(HAZARDOUS));
    expect(names("hazardous").length).toBeGreaterThanOrEqual(25);
  });

  it.each(Object.entries(HAZARDOUS))("%s: %j", async (name, expected) => {
    const bytes = load("hazardous", name);
    const all = expected.map((rule) => rule.replace("live:", "")).sort();
    const offline = expected.filter((rule) => !rule.startsWith("live:")).sort();
    // Where only a way back was written carelessly to keep the fixture short, it is not what is tested.
    const up = (found: LintReport): LintReport => ({
      ...found,
      statements: found.statements.filter(({ direction }) => direction === "up"),
    });
    expect(rules(up(await report(bytes, FACTS)))).toEqual(all);
    expect(rules(up(await report(bytes, undefined)))).toEqual(offline);
  });
});

describe("safe migrations", () => {
  it("are at least 25", () => expect(names("safe").length).toBeGreaterThanOrEqual(25));

  it.each(names("safe"))("%s: silence", async (name) => {
    const bytes = load("safe", name);
    for (const live of [FACTS, undefined]) {
      const found = await report(bytes, live);
      expect(rules(found)).toEqual([]);
      expect(found.unused).toEqual([]);
    }
  });
});

describe("what only a live database knows", () => {
  it.each<[string, string, string, string[]]>([
    ["a small table makes a scan a note", "expand", "CREATE INDEX c ON learning.courses (code);", []],
    [
      "a type that only widens",
      "expand",
      "ALTER TABLE learning.orders ALTER COLUMN note TYPE varchar(40);",
      ["squawk:prefer-text-field"],
    ],
    [
      "a type that narrows",
      "expand",
      "ALTER TABLE learning.orders ALTER COLUMN note TYPE varchar(10);",
      ["column-type", "squawk:prefer-text-field"],
    ],
    [
      "a key that is not unique",
      "migrate",
      "-- ops:backfill table=learning.orders key=course_id batch=10\nUPDATE learning.orders SET note = '' WHERE course_id > $1 AND course_id <= $2;",
      ["backfill-key"],
    ],
    [
      "an index on a partitioned table",
      "expand",
      "-- ops:no-transaction\nCREATE INDEX CONCURRENTLY s ON learning.study_records (seconds);",
      ["concurrently-on-partitioned"],
    ],
    [
      "a NOT NULL that is there already",
      "expand",
      "ALTER TABLE learning.orders ALTER COLUMN course_id SET NOT NULL;",
      [],
    ],
  ])("%s", async (_, phase, up, expected) => {
    expect(rules(await report(sql(phase, up), FACTS))).toEqual(expected);
  });

  it("names locks, whom they hold up and for how long by the table's size", async () => {
    const [first] = (await report(load("hazardous", "0001_index"), FACTS)).statements;
    expect(first?.locks).toEqual([{ relation: "learning.orders", mode: "SHARE" }]);
    expect(first?.seconds).toBeCloseTo(5e9 / 60e6, 0);
  });

  it.each<[string, string, string]>([
    [
      "a new table that refers to an old one",
      "CREATE TABLE learning.c (id bigint PRIMARY KEY, o bigint REFERENCES learning.orders);",
      "SHARE ROW EXCLUSIVE learning.orders",
    ],
    [
      "the mode that LOCK TABLE asks for",
      '-- ops:allow lock-table "why"\nLOCK TABLE learning.orders IN SHARE MODE;',
      "SHARE learning.orders",
    ],
    [
      "the table of an index",
      "-- ops:no-transaction\nDROP INDEX CONCURRENTLY learning.orders_learner_idx;",
      "SHARE UPDATE EXCLUSIVE learning.orders",
    ],
  ])("knows the lock of %s", async (_, up, expected) => {
    const found = await report(sql("expand", up), FACTS);
    expect(rules(found)).toEqual([]);
    expect(found.statements[0]?.locks.map(({ relation, mode }) => `${mode} ${relation}`)).toEqual([expected]);
  });

  it("says without one what it could not tell", async () => {
    const { unanswered } = await report(load("hazardous", "0001_index"), undefined);
    expect(unanswered.join("\n")).toContain("how large learning.orders is");
    expect((await report(load("hazardous", "0001_index"), FACTS)).unanswered).toEqual([]);
  });

  it("notes that replicas lag behind a long rewrite, and not behind a moment's change", async () => {
    const notes = async (name: string) =>
      (await report(load("hazardous", name), FACTS)).statements[0]?.findings
        .filter(({ level }) => level === "note")
        .map(({ rule, why }) => `${rule}: ${why}`);
    expect(await notes("0011_column_type")).toEqual([
      expect.stringMatching(/^replica-lag: 1 replica replays/),
    ]);
    expect(await notes("0014_drop_column")).toEqual([]);
  });

  it("notes a table that somebody holds now", async () => {
    const held = { ...FACTS.tables["learning.orders"]!, oldestHolderSeconds: 320 };
    const live = { ...FACTS, tables: { ...FACTS.tables, "learning.orders": held } };
    const [first] = (await report(load("safe", "0001_add_column"), live)).statements;
    expect(first?.findings.map(({ rule, level }) => `${level} ${rule}`)).toEqual(["note held-now"]);
  });
});

describe("ops:allow", () => {
  it("takes the answer for a hazard, by name, and keeps the reason", async () => {
    const up =
      '-- ops:allow table-rewrite "at night, nobody works"\nCLUSTER learning.orders USING orders_learner_idx;';
    const found = await report(sql("migrate", up), FACTS);
    expect(rules(found)).toEqual([]);
    expect(found.statements[0]?.findings[0]).toMatchObject({
      level: "allowed",
      reason: "at night, nobody works",
    });
  });

  it("is reported where nothing needs it", async () => {
    const up = '-- ops:allow table-rewrite "why"\nALTER TABLE learning.orders ADD COLUMN a text;';
    expect((await report(sql("expand", up), FACTS)).unused).toEqual([
      "0001_x.sql:3: nothing needs ops:allow table-rewrite",
    ]);
  });
});
