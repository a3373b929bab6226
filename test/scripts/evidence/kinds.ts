// Every kind of facts that is read back, with what generates facts as its writer may leave them.
import fc from "fast-check";
import {
  BACKUP_FACTS,
  type BackupFacts,
  CHECKPOINT_FACTS,
  type CheckpointFacts,
} from "../../../scripts/backup/evidence";
import { INVENTORY_FACTS, type InventoryFacts } from "../../../scripts/backup/repository-inspection";
import {
  MISSING_FACTS,
  type Missing,
  RESOLVED_FACTS,
  type Resolved,
} from "../../../scripts/data/reconcile/state";
import {
  ANNOUNCEMENT_FACTS,
  type AnnouncementFacts,
  DRILL_FACTS,
  type DrillFacts,
} from "../../../scripts/drill/drill-history";
import { FORGET_FACTS, type Forgotten } from "../../../scripts/masking/forgotten";
import { LOCK_MODES } from "../../../scripts/migrate/lock-modes";
import { LINT_FACTS, type LintFacts } from "../../../scripts/migrate/readiness";
import { type Pass, REHEARSAL_FACTS, type RehearsalFacts } from "../../../scripts/migrate/rehearsal";
import { RESTORE_FACTS, type RestoreFacts } from "../../../scripts/restore/facts";

const text = fc.string({ minLength: 1 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0 || 0);
const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
const date = fc.date({ min: new Date("1970-01-01"), max: new Date("2999-01-01"), noInvalidDate: true });
const instant = fc
  .tuple(date, fc.stringMatching(/^\d{3}$/))
  .map(([at, micro]) => at.toISOString().replace("Z", `${micro}Z`));
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 3 });

const checkpoint: fc.Arbitrary<CheckpointFacts["checkpoint"]> = orNull(
  fc.record(
    {
      name: text,
      at: instant,
      target: fc.constantFrom("restore-point", "time"),
      lsn: fc.stringMatching(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/),
      timeline: fc.nat(),
      artifact: sha256,
      systemIdentifier: text,
    },
    { requiredKeys: ["name", "at", "target", "lsn", "timeline", "artifact"] },
  ),
);
const backup: fc.Arbitrary<BackupFacts> = fc.record({
  label: text,
  type: fc.constantFrom("full", "diff", "incr"),
  warnings: some(text),
  checkpoint,
});
const restore: fc.Arbitrary<RestoreFacts> = fc.record({
  samples: some(
    fc.record(
      {
        databaseBytes: number,
        walBytes: number,
        kind: text,
        restoreSeconds: number,
        recoverySeconds: number,
      },
      { requiredKeys: ["databaseBytes", "walBytes", "restoreSeconds", "recoverySeconds"] },
    ),
  ),
  exercised: some(
    fc.record({
      at: instant,
      verdict: fc.constantFrom("pass", "fail", "inconclusive"),
      drawn: fc.boolean(),
    }),
  ),
});
const drill: fc.Arbitrary<DrillFacts> = fc.record({
  drill: text,
  scenarios: some(
    fc.record(
      {
        id: text,
        rtoSeconds: orNull(number),
        rpoSeconds: orNull(number),
        predictedSeconds: orNull(number),
        phases: some(fc.record({ name: text, seconds: number })),
      },
      { requiredKeys: ["id", "rtoSeconds", "rpoSeconds", "phases"] },
    ),
  ),
});
const announcement: fc.Arbitrary<AnnouncementFacts> = fc.record({
  drill: text,
  predictions: fc.dictionary(
    fc.constantFrom("a", "b", "c"),
    fc.record(
      {
        seconds: number,
        restoreSeconds: number,
        recoverySeconds: number,
        samples: fc.nat(),
        alike: fc.nat(),
      },
      { requiredKeys: ["seconds", "restoreSeconds", "recoverySeconds", "samples"] },
    ),
    { noNullPrototype: true },
  ),
});
const migration = { name: text, sha256 };
const pass: fc.Arbitrary<Pass> = fc.record({
  seconds: number,
  locks: some(fc.record({ relation: text, mode: fc.constantFrom(...LOCK_MODES), seconds: number })),
  blockedWriteSeconds: orNull(number),
  blockedReadSeconds: orNull(number),
  longestQuerySeconds: orNull(number),
  walBytes: number,
  diskBytes: number,
});
const lint: fc.Arbitrary<LintFacts> = fc.record({
  action: fc.constant("lint"),
  pending: some(fc.record(migration)),
  hazards: fc.nat(),
  allowed: fc.nat(),
});
const rehearsal: fc.Arbitrary<RehearsalFacts> = fc.record({
  action: fc.constant("rehearse"),
  backup: text,
  pending: some(fc.record(migration)),
  migrations: some(
    fc.record({ ...migration, up: pass, down: orNull(pass), again: orNull(pass), downAgain: orNull(pass) }),
  ),
  workload: text,
});
const forget: fc.Arbitrary<{ forget: Forgotten }> = fc.record({
  forget: fc.record({ database: text, table: text, key: text, at: instant }),
});
const missing: fc.Arbitrary<{ missing: Missing }> = fc.record({
  missing: fc.record({ since: instant, items: some(fc.record({ id: text, provider: text, at: instant })) }),
});
const resolved: fc.Arbitrary<{ resolved: Resolved }> = fc.record({
  resolved: fc.record({
    since: instant,
    items: some(fc.record({ id: text, as: fc.constantFrom("replayed", "waived"), reason: text })),
  }),
});
const inventory: fc.Arbitrary<InventoryFacts> = fc.record({ inventory: sha256 });

export const KINDS = {
  backup: { schema: BACKUP_FACTS, written: backup },
  checkpoint: { schema: CHECKPOINT_FACTS, written: fc.record({ checkpoint }) },
  inventory: { schema: INVENTORY_FACTS, written: inventory },
  restore: { schema: RESTORE_FACTS, written: restore },
  drill: { schema: DRILL_FACTS, written: drill },
  announcement: { schema: ANNOUNCEMENT_FACTS, written: announcement },
  lint: { schema: LINT_FACTS, written: lint },
  rehearsal: { schema: REHEARSAL_FACTS, written: rehearsal },
  forget: { schema: FORGET_FACTS, written: forget },
  missing: { schema: MISSING_FACTS, written: missing },
  resolved: { schema: RESOLVED_FACTS, written: resolved },
} as const;

export type Kind = keyof typeof KINDS;
export const KIND_NAMES: readonly Kind[] = [
  "backup",
  "checkpoint",
  "inventory",
  "restore",
  "drill",
  "announcement",
  "lint",
  "rehearsal",
  "forget",
  "missing",
  "resolved",
];
