// Facts come back from evidence as they were written; what is there and is not what a job leaves is refused by name.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Platform } from "../../../policies/service/service";
import { backupEvidence, checkpoints } from "../../../scripts/backup/evidence";
import { OpsError } from "../../../scripts/core/errors";
import { drillRuns } from "../../../scripts/drill/drill-history";
import { factsIn } from "../../../scripts/evidence/facts";
import type { EvidenceReader, Ledger, LedgerEntry } from "../../../scripts/evidence/port";
import { readStatement, writeStatement } from "../../../scripts/evidence/statement";
import { rehearsals } from "../../../scripts/migrate/readiness";
import { verifiedBackup } from "../../../scripts/release/check-gates";
import { samples } from "../../../scripts/restore/outcome";
import { restoredInstants } from "../../../scripts/restore/restored-instants";
import { given } from "../../given";
import { predicate } from "./adapter/place";
import old from "./fixtures/facts-a28182a.json";
import { KIND_NAMES, KINDS, type Kind } from "./kinds";

const ROOT = path.resolve(__dirname, "../../..");
const FILE = "2026-11-30/000012.dsse.json";

/** An entry as the ledger gives it: what was written went through a statement. */
function entry(facts: Record<string, unknown>, job = "backup", index = 12, file = FILE): LedgerEntry {
  const bytes = writeStatement({ ...predicate(job), facts }, { index, previous: null });
  return { index, digest: "", file, predicate: readStatement(bytes).predicate };
}

const read = (kind: Kind, facts: Record<string, unknown>) => factsIn(entry(facts), KINDS[kind].schema);

/** Why facts are refused, in one line; empty when they are read. */
function refusal(kind: Kind, facts: Record<string, unknown>): string {
  try {
    read(kind, facts);
    return "";
  } catch (error) {
    if (!(error instanceof OpsError) || error.exit !== "evidence") throw error;
    return `${error.message}; expected ${error.expected}`;
  }
}

const CHECKPOINT = {
  name: "ops-1",
  at: "2026-11-30T06:13:07.556462Z",
  target: "restore-point",
  lsn: "0/F02BD10",
  timeline: 1,
  artifact: "ab".repeat(32),
};
const BACKUP = { label: "20261130-061305F", type: "full", warnings: [], checkpoint: CHECKPOINT };
const SAMPLE = { databaseBytes: 1, walBytes: 1, restoreSeconds: 1, recoverySeconds: 1 };
const SCENARIO = { id: "a", rtoSeconds: 1, rpoSeconds: null, phases: [{ name: "restore", seconds: 1 }] };
const PREDICTION = { seconds: 2, restoreSeconds: 1, recoverySeconds: 1, samples: 0 };
const MIGRATION = { name: "0001_a", sha256: "cd".repeat(32) };
const LINT = { action: "lint", pending: [MIGRATION], hazards: 0, allowed: 0 };
const PASS = {
  seconds: 1,
  locks: [{ relation: "learning.orders", mode: "SHARE", seconds: 1 }],
  blockedWriteSeconds: null,
  blockedReadSeconds: null,
  longestQuerySeconds: null,
  walBytes: 1,
  diskBytes: 1,
};
const REHEARSED = { ...MIGRATION, up: PASS, down: null, again: null, downAgain: null };
const REHEARSAL = {
  action: "rehearse",
  backup: BACKUP.label,
  pending: [MIGRATION],
  migrations: [REHEARSED],
  workload: "",
};

describe("facts", () => {
  it.each(KIND_NAMES)("of kind %s are read as they were written", (kind) => {
    const { schema, written } = KINDS[kind];
    fc.assert(
      fc.property<[Record<string, unknown>]>(written, (facts) => {
        expect(factsIn(entry(facts), schema)).toEqual(facts);
      }),
    );
  });

  it.each(KIND_NAMES)("of kind %s are refused when any one value has become another thing", (kind) => {
    const { written } = KINDS[kind];
    fc.assert(
      fc.property<[Record<string, unknown>, number]>(written, fc.nat(), (facts, at) => {
        const places = placesIn(facts);
        const changed = structuredClone(facts);
        const place = places[at % places.length]!;
        put(changed, place, { nothing: "known" });
        expect(refusal(kind, changed)).toContain(
          `entry 12 (${FILE}), evidence of backup: facts.${place.join(".")}`,
        );
      }),
    );
  });

  it.each<[Kind, string, Record<string, unknown>, string]>([
    ["backup", "a label that is a number", { ...BACKUP, label: 5 }, "label is 5; expected string"],
    [
      "backup",
      "an unknown type",
      { ...BACKUP, type: "half" },
      'type is "half"; expected ("full" | "diff" | "incr")',
    ],
    ["backup", "no warnings", { ...BACKUP, warnings: undefined }, "warnings is missing; expected "],
    ["backup", "one warning", { ...BACKUP, warnings: "low" }, 'warnings is "low"; expected Array'],
    [
      "checkpoint",
      "an address that is no digest",
      { checkpoint: { ...CHECKPOINT, artifact: "../head" } },
      'checkpoint.artifact is "../head"; expected a sha256 in hex',
    ],
    [
      "checkpoint",
      "a position that is none",
      { checkpoint: { ...CHECKPOINT, lsn: "end" } },
      'checkpoint.lsn is "end"; expected a position in the WAL',
    ],
    [
      "checkpoint",
      "an instant without a zone",
      { checkpoint: { ...CHECKPOINT, at: "2026-11-30T06:13:07" } },
      'checkpoint.at is "2026-11-30T06:13:07"; expected an instant in ISO 8601 with its zone',
    ],
    ["inventory", "no digest", { inventory: true }, "inventory is true; expected string"],
    [
      "restore",
      "a time that was no number when it was written",
      { samples: [SAMPLE, { ...SAMPLE, restoreSeconds: Number.NaN }], exercised: [] },
      "samples.1.restoreSeconds is null; expected number",
    ],
    ["restore", "only instants", { exercised: [] }, "samples is missing; expected "],
    [
      "restore",
      "a verdict of another world",
      { samples: [], exercised: [{ at: CHECKPOINT.at, verdict: "not-applicable", drawn: false }] },
      'exercised.0.verdict is "not-applicable"; expected ("pass" | "fail" | "inconclusive")',
    ],
    [
      "drill",
      "a time in words",
      { drill: "d", scenarios: [{ ...SCENARIO, rtoSeconds: "fast" }] },
      'scenarios.0.rtoSeconds is "fast"; expected number',
    ],
    ["drill", "scenarios of no drill", { scenarios: [SCENARIO] }, "drill is missing; expected "],
    [
      "announcement",
      "a prediction without seconds",
      { drill: "d", predictions: { a: { ...PREDICTION, seconds: null } } },
      "predictions.a.seconds is null; expected number",
    ],
    ["lint", "facts of a rehearsal", REHEARSAL, 'action is "rehearse"; expected "lint"'],
    ["lint", "no count", { ...LINT, hazards: "none" }, 'hazards is "none"; expected number'],
    [
      "rehearsal",
      "a lock that PostgreSQL does not have",
      {
        ...REHEARSAL,
        migrations: [{ ...REHEARSED, up: { ...PASS, locks: [{ ...PASS.locks[0], mode: "TIGHT" }] } }],
      },
      'migrations.0.up.locks.0.mode is "TIGHT"; expected ("ACCESS SHARE"',
    ],
    [
      "rehearsal",
      "a text without end",
      { ...REHEARSAL, pending: "x".repeat(1000) },
      `pending is "${"x".repeat(79)}…; expected Array`,
    ],
  ])("of kind %s with %s are refused", (kind, _, facts, why) => {
    expect(refusal(kind, facts)).toContain(`entry 12 (${FILE}), evidence of backup: facts.${why}`);
  });

  it.each(KIND_NAMES)("of kind %s are absent where a run failed, or was of another kind", (kind) => {
    expect(read(kind, { exit: "unavailable" })).toBeUndefined();
    expect(read(kind, {})).toBeUndefined();
  });

  it.each<[Kind, Record<string, unknown>, Record<string, unknown>]>([
    ["restore", { samples: [SAMPLE] }, { samples: [SAMPLE], exercised: [] }],
    ["announcement", { drill: "d", prediction: PREDICTION }, { drill: "d", predictions: {} }],
    ["drill", { drill: "d", scenarios: [SCENARIO] }, { drill: "d", scenarios: [SCENARIO] }],
    ["backup", BACKUP, BACKUP],
    ["backup", { ...BACKUP, throttled: true }, BACKUP],
  ])("of earlier and later versions are read: %s %j", (kind, facts, expected) => {
    expect(read(kind, facts)).toEqual(expected);
  });
});

describe("evidence of commit a28182a", () => {
  const entries = old.map(({ index, file, job, facts }) => entry(facts, job, index, file));
  const failed = entry({ exit: "unavailable" }, "verify", 9, "2026-11-30/000009.dsse.json");
  const context = given<EvidenceReader>({
    ledger: given<Ledger>({ entries: async () => [...entries, failed] }),
    environment: "sandbox",
    platform: given<Platform>({ name: "sandbox" }),
  });

  it("is read by every job that reads evidence", async () => {
    expect((await backupEvidence(context)).map(({ facts }) => facts.label)).toEqual(["20261130-061305F"]);
    expect((await checkpoints(context)).map(({ name }) => name)).toEqual(["ops-20261130t061307-97f5d2"]);
    expect((await samples(context)).map(({ kind }) => kind)).toEqual([
      "restore-point",
      "time+checkpoint",
      "latest+checkpoint",
      "restore-point",
    ]);
    expect((await restoredInstants(context)).map(({ verdict }) => verdict)).toEqual(Array(4).fill("pass"));
    expect(await verifiedBackup(context)).toMatchObject({ job: "drill", entry: 3 });
    expect(await rehearsals(context)).toEqual([]);
    const [drill, ...others] = drillRuns(entries);
    expect(others).toEqual([]);
    expect(drill).toMatchObject({ id: "20261130t061258-c28cef", ending: "finished" });
    expect(drill!.scenarios.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(Object.keys(drill!.announced)).toEqual(["a", "b", "c"]);
  });

  it("holds what was recorded, to the last field that is read", () => {
    const kinds: Record<string, readonly Kind[]> = {
      backup: ["backup", "checkpoint"],
      "drill-announcement": ["announcement"],
      drill: ["drill", "restore"],
      verify: ["restore", "inventory"],
    };
    for (const { predicate: found } of entries)
      for (const kind of kinds[found.job] ?? []) expect(found.facts).toMatchObject(read(kind, found.facts)!);
  });
});

describe("the sources", () => {
  /** Facts believed as they stand. `status` only asks whether there is a self-test: no field of it is read. */
  const believed = (text: string): string[] =>
    [
      ...text.matchAll(
        /facts(\??\.\w+)*\)?\s+as\s+(?!const)\w+|predicate\.facts\??\.(?!selfTest === undefined)\w+/g,
      ),
    ].map(([match]) => match);

  it("read no facts but through the reader", () => {
    const files = readdirSync(path.join(ROOT, "scripts"), { recursive: true, encoding: "utf8" }).filter(
      (file) => file.endsWith(".ts"),
    );
    expect(files.length).toBeGreaterThan(200);
    const found = files.flatMap((file) =>
      believed(readFileSync(path.join(ROOT, "scripts", file), "utf8")).map((match) => `${file}: ${match}`),
    );
    expect(found).toEqual([]);
  });

  it.each([
    "entry.predicate.facts as BackupFacts",
    "(predicate.facts.samples as Sample[] | undefined) ?? []",
    "(facts.scenarios as ScenarioFact[])",
    "const digest = predicate.facts.inventory;",
  ])("would be caught otherwise: %s", (line) => {
    expect(believed(line)).not.toEqual([]);
  });
});

type Place = readonly (string | number)[];

/** Where values stand that may not be any object: everything but tables of predictions, in which any name may stand. */
function placesIn(value: unknown, at: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [at];
  const own = at.length === 0 || at.at(-1) === "predictions" ? [] : [at];
  return [...own, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner, [...at, name]))];
}

function put(target: unknown, [name, ...rest]: Place, value: unknown): void {
  if (typeof target !== "object" || target === null || name === undefined) return;
  if (rest.length === 0) Reflect.set(target, name, value);
  else put(Reflect.get(target, name), rest, value);
}
