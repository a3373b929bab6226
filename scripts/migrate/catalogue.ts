// One row a kind of operation: what it locks, what it works through while it holds the lock, what is hazardous in it and
// how it is done safely. Data; the one place to add a kind. Lock modes are those of PostgreSQL 15's documentation of
// each command ("ALTER TABLE", "CREATE INDEX", …).
import type { Phase } from "./compatibility";
import type { LockMode } from "./lock-modes";

/**
 * What is worked through while the lock is held: `catalog` = rows of the system catalogue, milliseconds; `scan` = every page is
 * read; `rewrite` = every page and index is written anew; `index` = one index is built; `rows` = as many rows as match.
 */
export type Work = "catalog" | "scan" | "rewrite" | "index" | "rows" | "unknown";

export interface Hazard {
  /** Stable name, given to `-- ops:allow`. */
  rule: string;
  why: string;
  safe: string;
  /** Harmless where the table is known to be small: only its size makes it one. */
  small?: true;
  /** Phases in which it is what the migration is for. */
  except?: readonly Phase[];
}

export interface Kind {
  /** On `relation`; absent = no table lock that lasts. */
  lock?: LockMode;
  /** On `other`. */
  other?: LockMode;
  work: Work;
  /** Must run outside a transaction. */
  alone?: true;
  hazard?: Hazard;
  /** What an older release may rely on, as the continuation of "it …"; `{}` stands for what is named. */
  breaks?: string;
}

const brief = (lock: LockMode, more: Partial<Kind> = {}): Kind => ({ lock, work: "catalog", ...more });
const AE = "ACCESS EXCLUSIVE";
const SUE = "SHARE UPDATE EXCLUSIVE";
const SRE = "SHARE ROW EXCLUSIVE";

const breaking = (rule: string, why: string, safe: string): Hazard => ({
  rule,
  why,
  safe,
  except: ["contract"],
});
const REWRITE = "every row and every index is written anew while reads and writes wait";

export const KINDS = {
  "create-table": { work: "catalog" },
  "create-table-as": { work: "unknown" },
  "create-partition": brief(AE, {
    hazard: {
      rule: "partition-of-locks-parent",
      why: "the parent is locked against reads and writes, and so queues everything behind the oldest query",
      safe: "create the table by itself, then ALTER TABLE … ATTACH PARTITION, which lets writers through",
    },
  }),
  "add-column": brief(AE),
  "add-column-references": brief(AE, { other: SRE }),
  "add-column-volatile-default": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "volatile-default",
      why: `the default differs for each row, so ${REWRITE}`,
      safe: "add the column without a default, set the default in a second statement, fill old rows with ops:backfill",
      small: true,
    },
  },
  "add-column-generated": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "generated-column",
      why: `a stored generated column is computed at once: ${REWRITE}`,
      safe: "a plain column kept by a trigger and filled with ops:backfill, or an expression index",
      small: true,
    },
  },
  "add-column-identity": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "identity-column",
      why: `serial and identity number the existing rows: ${REWRITE}`,
      safe: "add a bigint column, fill it with ops:backfill from a sequence, then attach the sequence",
      small: true,
    },
  },
  "add-column-required": brief(AE, {
    hazard: {
      rule: "required-column",
      why: "NOT NULL without a default fails on a table with rows, and the running release does not fill it",
      safe: "add it nullable or with a constant default, backfill, then NOT NULL by way of a validated CHECK",
    },
    breaks: "demands column {} of whoever inserts",
  }),
  "drop-column": brief(AE, {
    hazard: breaking(
      "drop-column",
      "the release that runs selects or fills it",
      "stop using it in a release, then drop it in a contract with ops:requires-release",
    ),
    breaks: "drops column {}",
  }),
  "rename-column": brief(AE, {
    hazard: breaking(
      "rename-column",
      "the release that runs uses the old name, the next one the new: one of them fails",
      "expand: add the new column and keep both in step; contract: drop the old one a release later",
    ),
    breaks: "renames column {}",
  }),
  "alter-column-type": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "column-type",
      why: `a new type means that ${REWRITE}`,
      safe: "add a column of the new type, keep it in step by a trigger, ops:backfill, switch the release, drop the old",
      small: true,
    },
    breaks: "changes the type of column {}",
  },
  "widen-column-type": brief(AE),
  "set-not-null": {
    lock: AE,
    work: "scan",
    hazard: {
      rule: "not-null-scan",
      why: "every row is read while reads and writes wait",
      safe: "ADD CONSTRAINT … CHECK (c IS NOT NULL) NOT VALID; VALIDATE in its own transaction; then SET NOT NULL scans nothing",
      small: true,
    },
  },
  "drop-not-null": brief(AE),
  "set-default": brief(AE),
  "drop-default": brief(AE),
  "set-statistics": brief(SUE),
  "set-options": brief(SUE),
  "set-storage": brief(AE),
  "add-primary-key": {
    lock: AE,
    work: "index",
    hazard: {
      rule: "unique-without-index",
      why: "the index is built while reads and writes wait",
      safe: "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
      small: true,
    },
  },
  "add-unique": {
    lock: AE,
    work: "index",
    hazard: {
      rule: "unique-without-index",
      why: "the index is built while reads and writes wait",
      safe: "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX",
      small: true,
    },
  },
  "add-constraint-using-index": brief(AE),
  "add-exclusion": {
    lock: AE,
    work: "index",
    hazard: {
      rule: "exclusion-constraint",
      why: "its index is built while reads and writes wait; PostgreSQL cannot build it concurrently",
      safe: "a new table with the constraint, filled with ops:backfill; or a time at which nobody works, with ops:allow",
      small: true,
    },
  },
  "add-check": {
    lock: AE,
    work: "scan",
    hazard: {
      rule: "check-scan",
      why: "every row is read while reads and writes wait",
      safe: "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in its own transaction (ops:new-transaction)",
      small: true,
    },
  },
  "add-check-not-valid": brief(AE),
  "add-foreign-key": {
    lock: SRE,
    other: SRE,
    work: "scan",
    hazard: {
      rule: "foreign-key-scan",
      why: "every row is looked up in the other table while writes on both wait",
      safe: "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in its own transaction (ops:new-transaction)",
      small: true,
    },
  },
  "add-foreign-key-not-valid": brief(SRE, { other: SRE }),
  "validate-constraint": { lock: SUE, other: "ROW SHARE", work: "scan" },
  "drop-constraint": brief(AE),
  "rename-constraint": brief(AE),
  "attach-partition": {
    lock: SUE,
    other: AE,
    work: "scan",
    hazard: {
      rule: "attach-scan",
      why: "every row of the new partition is checked against its bounds while that table is locked",
      safe: "first a CHECK with the same bounds on it, NOT VALID and then validated: ATTACH then scans nothing",
      small: true,
    },
  },
  "detach-partition": brief(AE, {
    other: AE,
    hazard: {
      rule: "detach-locks-parent",
      why: "the parent is locked against reads and writes",
      safe: "DETACH PARTITION … CONCURRENTLY, marked ops:no-transaction",
    },
  }),
  "detach-partition-concurrently": { lock: SUE, other: AE, work: "catalog", alone: true },
  "disable-trigger": brief(SRE, {
    hazard: {
      rule: "disable-trigger",
      why: "what triggers and foreign keys keep right is not kept right while they are off",
      safe: "let them run; an ops:backfill in small batches can afford them",
    },
  }),
  "enable-trigger": brief(SRE),
  "row-security": brief(AE),
  "replica-identity": brief(AE),
  "set-tablespace": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "table-rewrite",
      why: "the table is copied while reads and writes wait",
      safe: "pg_repack, or a new table filled with ops:backfill",
      small: true,
    },
  },
  "set-logged": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "table-rewrite",
      why: REWRITE,
      safe: "a new table of the right kind, filled with ops:backfill",
      small: true,
    },
  },
  "alter-table": brief(AE, { work: "unknown" }),
  "rename-table": brief(AE, {
    hazard: breaking(
      "rename-table",
      "the release that runs uses the old name",
      "expand: a view under the new name; contract: rename, and leave a view under the old name",
    ),
    breaks: "renames table {}",
  }),
  "set-schema": brief(AE, {
    hazard: breaking(
      "rename-table",
      "the release that runs looks for it in the old schema",
      "a view in the new schema first; move it in a contract",
    ),
    breaks: "moves {} to another schema",
  }),
  "drop-table": brief(AE, {
    hazard: breaking(
      "drop-table",
      "the release that runs may still use it",
      "stop using it in a release, then drop it in a contract with ops:requires-release",
    ),
    breaks: "drops table {}",
  }),
  truncate: brief(AE, {
    hazard: {
      rule: "truncate",
      why: "everything in it is gone at once, and reads and writes wait",
      safe: "DELETE what is not needed in an ops:backfill, so that an undo exists",
    },
    breaks: "empties {}",
  }),
  "lock-table": brief(AE, {
    hazard: {
      rule: "lock-table",
      why: "the lock is kept to the end of the transaction, whatever the statements need",
      safe: "let each statement take what it needs; the runner waits briefly and tries again",
    },
  }),
  "create-index": {
    lock: "SHARE",
    work: "index",
    hazard: {
      rule: "index-blocks-writes",
      why: "writes wait until the index is built",
      safe: "CREATE INDEX CONCURRENTLY, marked ops:no-transaction",
      small: true,
    },
  },
  "create-index-concurrently": { lock: SUE, work: "index", alone: true },
  "drop-index": brief(AE, {
    hazard: {
      rule: "drop-index-locks",
      why: "the table is locked against reads and writes, and queues everything behind its oldest query",
      safe: "DROP INDEX CONCURRENTLY, marked ops:no-transaction",
      small: true,
    },
  }),
  "drop-index-concurrently": { lock: SUE, work: "catalog", alone: true },
  reindex: {
    lock: "SHARE",
    work: "index",
    hazard: {
      rule: "reindex-blocks",
      why: "writes wait until it is built, and so do reads that would use the index",
      safe: "REINDEX … CONCURRENTLY, marked ops:no-transaction",
      small: true,
    },
  },
  "reindex-concurrently": { lock: SUE, work: "index", alone: true },
  "rename-index": brief(SUE),
  "alter-index": brief(SUE),
  "create-view": { work: "catalog" },
  "drop-view": brief(AE, {
    hazard: breaking(
      "drop-view",
      "the release that runs may still read it",
      "drop it in a contract with ops:requires-release",
    ),
    breaks: "drops view {}",
  }),
  "rename-view": brief(AE, {
    hazard: breaking(
      "rename-table",
      "the release that runs uses the old name",
      "a second view under the new name; drop the old one in a contract",
    ),
    breaks: "renames view {}",
  }),
  "create-materialized-view": { work: "unknown" },
  "drop-materialized-view": brief(AE, {
    hazard: breaking(
      "drop-view",
      "the release that runs may still read it",
      "drop it in a contract with ops:requires-release",
    ),
    breaks: "drops materialized view {}",
  }),
  "refresh-materialized-view": {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "refresh-locks-readers",
      why: "readers wait until it is filled",
      safe: "REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index",
      small: true,
    },
  },
  "refresh-materialized-view-concurrently": { lock: "EXCLUSIVE", work: "scan" },
  "create-type": { work: "catalog" },
  "add-enum-value": { work: "catalog" },
  "rename-enum-value": {
    work: "catalog",
    hazard: breaking(
      "rename-enum-value",
      "the release that runs writes the old value and fails",
      "add the new value, move rows with ops:backfill, leave the old one",
    ),
    breaks: "renames a value of {}",
  },
  "drop-type": {
    work: "catalog",
    hazard: breaking("drop-type", "the release that runs may still name it", "drop it in a contract"),
    breaks: "drops type {}",
  },
  "domain-constraint": {
    work: "scan",
    hazard: {
      rule: "domain-scan",
      why: "every table with a column of the domain is read under a SHARE lock, writes wait",
      safe: "ALTER DOMAIN … ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in its own transaction",
    },
  },
  "alter-domain": { work: "catalog" },
  "create-function": { work: "catalog" },
  "drop-function": {
    work: "catalog",
    hazard: breaking("drop-function", "the release that runs may still call it", "drop it in a contract"),
    breaks: "drops function {}",
  },
  "create-trigger": brief(SRE),
  "drop-trigger": brief(AE),
  "create-rule": brief(AE, {
    hazard: {
      rule: "rewrite-rule",
      why: "a rule rewrites the release's statements, with surprises that triggers have not",
      safe: "a trigger",
    },
  }),
  "create-schema": { work: "catalog" },
  "drop-schema": {
    work: "catalog",
    hazard: breaking("drop-table", "the release that runs may use what is in it", "drop it in a contract"),
    breaks: "drops schema {}",
  },
  extension: { work: "catalog" },
  sequence: { work: "catalog" },
  "drop-object": {
    work: "catalog",
    hazard: breaking("drop-object", "the release that runs may use it", "drop it in a contract"),
    breaks: "drops {}",
  },
  insert: { lock: "ROW EXCLUSIVE", work: "rows" },
  "insert-select": {
    lock: "ROW EXCLUSIVE",
    work: "rows",
    hazard: {
      rule: "unbatched-change",
      why: "one long transaction: WAL in one burst, vacuum held back, replicas behind, and nothing resumes",
      safe: "ops:backfill table=… key=… batch=… with WHERE key > $1 AND key <= $2",
      small: true,
    },
  },
  "change-rows": {
    lock: "ROW EXCLUSIVE",
    work: "rows",
    hazard: {
      rule: "unbatched-change",
      why: "one long transaction: its row locks make writers wait, WAL comes in one burst, and nothing resumes",
      safe: "ops:backfill table=… key=… batch=… with WHERE key > $1 AND key <= $2",
      small: true,
    },
  },
  "change-all-rows": {
    lock: "ROW EXCLUSIVE",
    work: "rows",
    hazard: {
      rule: "change-without-where",
      why: "every row is changed in one transaction: its row locks make writers wait for all of it",
      safe: "ops:backfill table=… key=… batch=… with WHERE key > $1 AND key <= $2",
      small: true,
    },
  },
  copy: { lock: "ROW EXCLUSIVE", work: "rows" },
  vacuum: { lock: SUE, work: "scan", alone: true },
  analyze: { lock: SUE, work: "scan" },
  "vacuum-full": {
    lock: AE,
    work: "rewrite",
    alone: true,
    hazard: {
      rule: "table-rewrite",
      why: REWRITE,
      safe: "plain VACUUM, or pg_repack, which holds its lock for moments",
      small: true,
    },
  },
  cluster: {
    lock: AE,
    work: "rewrite",
    hazard: {
      rule: "table-rewrite",
      why: REWRITE,
      safe: "pg_repack, which holds its lock for moments",
      small: true,
    },
  },
  comment: brief(SUE),
  grant: { work: "catalog" },
  revoke: {
    work: "catalog",
    hazard: breaking("revoke", "the release that runs may need the right", "revoke it in a contract"),
    breaks: "takes rights on {} away",
  },
  publication: { work: "catalog" },
  select: { work: "unknown" },
  "set-role": { work: "catalog" },
  set: {
    work: "catalog",
    hazard: {
      rule: "overrides-runner",
      why: "settings of the session are the runner's: lock_timeout and search_path keep the change harmless",
      safe: "leave it out; `ops migrate up --lock-timeout` sets it for all",
    },
  },
  "transaction-control": {
    work: "catalog",
    hazard: {
      rule: "transaction-control",
      why: "the runner commits each step together with its record; a COMMIT inside breaks that",
      safe: "ops:new-transaction before the statement that is to begin a new one",
    },
  },
  "anonymous-code": {
    work: "unknown",
    hazard: {
      rule: "anonymous-code",
      why: "what a DO block locks and changes cannot be told from its text",
      safe: "plain statements; where there is no other way, ops:allow with what it locks",
    },
  },
  system: {
    work: "unknown",
    hazard: {
      rule: "not-a-migration",
      why: "it changes the server, a database, a role or a secret, which a database's schema history cannot undo",
      safe: "declare it where servers and roles are declared (stacks/, the platform's runbook)",
    },
  },
  unknown: {
    work: "unknown",
    hazard: {
      rule: "unknown-statement",
      why: "this kind of statement is not in the catalogue, so nothing can be said of its locks",
      safe: "add a row to scripts/migrate/catalogue.ts, or ops:allow with what it locks",
    },
  },
} as const satisfies Record<string, Kind>;

export type OperationKind = keyof typeof KINDS;

export function kindOf(kind: OperationKind): Kind {
  return KINDS[kind];
}
