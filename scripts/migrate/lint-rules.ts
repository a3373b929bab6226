// Rules that look at more than one operation: at the transaction around it, the directives, the live database. One function a
// rule; each returns what it found. What a kind of operation is by itself stands in catalogue.ts.
import { kindOf } from "./catalogue";
import type { LintFinding, Place } from "./lint-finding";
import { expectedSeconds, UNNOTICED_SECONDS } from "./live";
import { blocksWrites } from "./lock-modes";
import type { Operation } from "./operation";

export type ContextRule = (place: Place, operations: readonly Operation[]) => LintFinding[];

const hazard = (rule: string, why: string, safe: string): LintFinding => ({
  rule,
  level: "hazard",
  why,
  safe,
  squawk: [],
});

/** Kinds that a killed run can begin again outside a transaction: what is half there is recognised and removed. */
const RESUMABLE =
  /^((create|drop)-index-concurrently|reindex-concurrently|vacuum(-full)?|analyze|refresh-.*-concurrently)$/;

/** The earlier statements of the same transaction. */
const before = ({ step, index, schema }: Place): Operation[] =>
  step.statements.slice(0, index).flatMap(({ operations }) => operations.map((one) => schema.refine(one)));

const qualified: ContextRule = (_, operations) =>
  operations
    .filter(({ relation }) => relation !== undefined && relation !== "" && !relation.includes("."))
    .map(({ relation }) =>
      hazard(
        "unqualified-name",
        `${relation} has no schema, and the runner's search_path holds none`,
        `schema.${relation}`,
      ),
    );

const outsideTransaction: ContextRule = ({ statement }, operations) =>
  operations.flatMap(({ kind }) => {
    if (kindOf(kind).alone && !statement.noTransaction)
      return [
        hazard(
          "needs-no-transaction",
          "PostgreSQL refuses it inside a transaction",
          "`-- ops:no-transaction` on the line before it",
        ),
      ];
    if (statement.noTransaction && !RESUMABLE.test(kind))
      return [
        hazard(
          "not-resumable",
          "outside a transaction, a run that is killed after it could not tell whether it was done",
          "ops:new-transaction, which commits it together with its record",
        ),
      ];
    return [];
  });

const workUnderLock: ContextRule = (place, operations) => {
  const held = before(place).flatMap((operation) => place.schema.claims(operation));
  const strong = held.find(({ mode }) => blocksWrites(mode));
  if (!strong) return [];
  const long = operations.find(({ kind, relation }) => {
    const { work } = kindOf(kind);
    if (place.schema.isNew(relation) || work === "catalog" || kind === "insert") return false;
    const seconds = expectedSeconds(work, place.schema.table(relation));
    return seconds === undefined || seconds > UNNOTICED_SECONDS;
  });
  if (!long) return [];
  return [
    hazard(
      "work-under-lock",
      `${strong.mode} on ${strong.relation} was taken before it in the same transaction and is held until it is done`,
      "`-- ops:new-transaction` before it",
    ),
  ];
};

const severalTables: ContextRule = (place, operations) => {
  const strong = (one: Operation): string[] =>
    place.schema
      .claims(one)
      .filter(({ mode }) => blocksWrites(mode))
      .map(({ relation }) => relation);
  const held = new Set(before(place).flatMap(strong));
  const added = operations.flatMap(strong).filter((relation) => !held.has(relation));
  if (held.size === 0 || added.length === 0) return [];
  return [
    hazard(
      "several-tables-locked",
      `${[...held].join(", ")} stays locked while ${added.join(", ")} is waited for: whoever takes them the other way round deadlocks`,
      "`-- ops:new-transaction` before it: one table a transaction",
    ),
  ];
};

const cascade: ContextRule = (_, operations) =>
  operations.some((one) => one.cascade)
    ? [hazard("cascade", "it drops whatever depends on it, unnamed", "drop what depends on it by name first")]
    : [];

const enumValueUsed: ContextRule = (place, operations) => {
  const added = before(place).find(({ kind }) => kind === "add-enum-value");
  if (!added || operations.some(({ kind }) => kind === "add-enum-value")) return [];
  if (!place.statement.sql.includes(`'${added.object}'`)) return [];
  return [
    hazard(
      "enum-value-used-at-once",
      `PostgreSQL refuses a new value ('${added.object}') in the transaction that adds it`,
      "`-- ops:new-transaction` before it",
    ),
  ];
};

const backfillRange: ContextRule = ({ statement }, operations) => {
  const parameters = new Set(JSON.stringify(statement.node).match(/"ParamRef":\{"number":\d+/g) ?? []);
  const both = [1, 2].every((n) => parameters.has(`"ParamRef":{"number":${n}`)) && parameters.size === 2;
  if (!statement.backfill)
    return parameters.size === 0
      ? []
      : [hazard("parameter", "only a backfill is given $1 and $2", "`-- ops:backfill …` before it")];
  const { table } = statement.backfill;
  const changes = operations.some(({ kind }) => /^(change-(all-)?rows|insert-select)$/.test(kind));
  if (both && changes) return [];
  return [
    hazard(
      "backfill-range",
      both
        ? `it changes no rows of ${table}`
        : "the statement does not keep to its batch: it needs $1 and $2",
      "UPDATE … WHERE key > $1 AND key <= $2",
    ),
  ];
};

export const CONTEXT_RULES: readonly ContextRule[] = [
  qualified,
  outsideTransaction,
  workUnderLock,
  severalTables,
  cascade,
  enumValueUsed,
  backfillRange,
];

// ---- with a live database -------------------------------------------------------------------------------------------

const foreignKeyIndex: ContextRule = ({ schema }, operations) =>
  operations
    .filter(({ kind, relation }) => kind.startsWith("add-foreign-key") && !schema.isNew(relation))
    .filter(
      ({ relation = "", columns = [] }) =>
        columns[0] !== undefined && !schema.isIndexed(relation, columns[0]),
    )
    .map(({ relation, columns, other }) =>
      hazard(
        "foreign-key-unindexed",
        `${relation} has no index on ${columns?.join(", ")}: every delete in ${other} reads all of it`,
        "CREATE INDEX CONCURRENTLY on the column first",
      ),
    );

const published: ContextRule = ({ schema }, operations) =>
  operations
    .filter(({ kind }) =>
      /^(drop-column|rename-column|alter-column-type|rename-table|drop-table|truncate)$/.test(kind),
    )
    .flatMap(({ relation }) => {
      const names = schema.table(relation)?.publications ?? [];
      if (names.length === 0) return [];
      return [
        hazard(
          "published-table",
          `${relation} is in publication ${names.join(", ")}: subscribers stop at the first row that does not fit`,
          "change the subscribers first, and say so with ops:allow",
        ),
      ];
    });

const referenced: ContextRule = ({ schema, direction }, operations) =>
  operations
    .filter(({ kind }) => direction === "up" && /^(drop-table|truncate)$/.test(kind))
    .flatMap(({ relation }) => {
      const others = schema.table(relation)?.referencedBy ?? [];
      if (others.length === 0) return [];
      return [
        hazard(
          "referenced-table",
          `${others.join(", ")} refers to ${relation} by foreign key`,
          "drop those constraints by name in an earlier migration",
        ),
      ];
    });

const partitioned: ContextRule = ({ schema }, operations) =>
  operations
    .filter(
      ({ kind, relation }) =>
        kind === "create-index-concurrently" && (schema.table(relation)?.partitions ?? 0) > 0,
    )
    .map(({ relation }) =>
      hazard(
        "concurrently-on-partitioned",
        `PostgreSQL refuses it on ${relation}, which is partitioned`,
        "CREATE INDEX … ON ONLY the parent, CONCURRENTLY on each partition, then ALTER INDEX … ATTACH PARTITION",
      ),
    );

const backfillKey: ContextRule = ({ statement, schema }) => {
  if (!statement.backfill) return [];
  const { table, key } = statement.backfill;
  const known = schema.table(table);
  if (schema.isNew(table) || known?.keys.includes(key)) return [];
  return [
    hazard(
      "backfill-key",
      known ? `${table}.${key} is not unique by itself and not null` : `there is no table ${table}`,
      "a column with a unique index of its own, such as the primary key",
    ),
  ];
};

const busy: ContextRule = ({ schema }, operations) => {
  const claims = operations.flatMap((one) => schema.claims(one)).filter(({ mode }) => blocksWrites(mode));
  return claims.flatMap(({ relation, mode }): LintFinding[] => {
    const table = schema.table(relation);
    if (!table || (table.oldestHolderSeconds < 5 && table.waiting === 0)) return [];
    const why = `${mode} on ${relation} must wait: a transaction of ${Math.round(table.oldestHolderSeconds)} s holds it, ${table.waiting} sessions wait`;
    return [
      {
        rule: "held-now",
        level: "note",
        why,
        safe: "the runner gives up after lock_timeout and tries again; end the transaction first",
        squawk: [],
      },
    ];
  });
};

const replicas: ContextRule = ({ live, statement, schema }, operations) => {
  const standbys = live?.standbys ?? 0;
  if (standbys === 0 || statement.backfill) return [];
  return operations.flatMap(({ kind, relation }): LintFinding[] => {
    const { work } = kindOf(kind);
    const seconds = expectedSeconds(work, schema.table(relation));
    if (schema.isNew(relation) || !/^(rewrite|index|rows)$/.test(work) || (seconds ?? 0) < 1) return [];
    const why = `${standbys} ${standbys === 1 ? "replica replays" : "replicas replay"} all that it writes: reads there lag by about ${Math.round(seconds ?? 0)} s`;
    return [
      {
        rule: "replica-lag",
        level: "note",
        why,
        safe: "an hour with few readers, or ops:backfill, which waits for them",
        squawk: [],
      },
    ];
  });
};

export const LIVE_RULES: readonly ContextRule[] = [
  foreignKeyIndex,
  published,
  referenced,
  partitioned,
  backfillKey,
  busy,
  replicas,
];
