// Says of every statement what it locks, for how long and what is hazardous in it, with the safe form. Pure: migrations,
// what the live database knows (or nothing), and squawk's opinion in; a report out.
import { kindOf, type Work } from "./catalogue";
import type { LintFinding, Place } from "./lint-finding";
import { CONTEXT_RULES, type ContextRule, LIVE_RULES } from "./lint-rules";
import { ESTIMATE_SOURCE, expectedSeconds, type LiveFacts, UNNOTICED_SECONDS } from "./live";
import { blocksWrites, type LockMode, stronger } from "./lock-modes";
import type { Direction, Migration, Statement } from "./migration";
import type { Operation } from "./operation";
import { type LockClaim, Schema } from "./schema";
import { agreeing, type SquawkFinding, unmatched } from "./squawk";

export interface StatementReport {
  migration: string;
  file: string;
  direction: Direction;
  line: number;
  column: number;
  sql: string;
  locks: readonly LockClaim[];
  work: Work;
  /** How long the statement works while it holds its locks; undefined = cannot be told. */
  seconds: number | undefined;
  /** Where the figure comes from. */
  source: string;
  /** What the live database knows of the tables that are locked, one line a table. */
  known: readonly string[];
  findings: readonly LintFinding[];
}

export interface LintReport {
  statements: readonly StatementReport[];
  /** `file:line: …`: allowances that nothing needed. */
  unused: readonly string[];
  /** Questions that only a live database answers, when there was none. */
  unanswered: readonly string[];
}

export function hazardsOf(report: LintReport): { statement: StatementReport; finding: LintFinding }[] {
  return report.statements.flatMap((statement) =>
    statement.findings.filter(({ level }) => level === "hazard").map((finding) => ({ statement, finding })),
  );
}

/** Strongest lock that a set of statements claims on each relation, e.g. of everything pending. */
export function locksOf(statements: readonly StatementReport[]): Map<string, LockMode> {
  const locks = new Map<string, LockMode>();
  for (const { relation, mode } of statements.flatMap((statement) => statement.locks)) {
    const known = locks.get(relation);
    locks.set(relation, known ? stronger(known, mode) : mode);
  }
  return locks;
}

/**
 * @param migrations in order; what earlier ones prove (a validated CHECK, a new table) later ones may rely on
 * @param squawk findings by file
 */
export function lint(
  migrations: readonly Migration[],
  live: LiveFacts | undefined,
  squawk: Readonly<Record<string, readonly SquawkFinding[]>> = {},
): LintReport {
  const schema = new Schema(live);
  const statements: StatementReport[] = [];
  const unused: string[] = [];
  for (const migration of migrations) {
    for (const direction of ["up", "down"] as const) {
      // Going back happens on its own, to what is there then: it proves nothing for the migrations that follow.
      const known = direction === "up" ? schema : new Schema(live);
      for (const step of migration[direction] ?? []) {
        for (const [index, statement] of step.statements.entries()) {
          const opinions = (squawk[migration.file] ?? []).filter((one) => covers(statement, one.line));
          known.announce(statement.operations);
          const found = judge(
            { migration, direction, step, index, statement, schema: known, live },
            opinions,
          );
          statements.push(found.report);
          unused.push(
            ...found.unused.map(
              ({ rule, line }) => `${migration.file}:${line}: nothing needs ops:allow ${rule}`,
            ),
          );
          known.learn(statement.operations);
        }
      }
    }
  }
  return { statements, unused, unanswered: live ? [] : questions(statements) };
}

const covers = ({ line, sql }: Statement, at: number): boolean =>
  at >= line && at < line + sql.split("\n").length;

function judge(
  place: Place,
  opinions: readonly SquawkFinding[],
): { report: StatementReport; unused: { rule: string; line: number }[] } {
  const { migration, direction, statement, schema, live } = place;
  const operations = statement.operations.map((operation) => schema.refine(operation));
  const rules: readonly ContextRule[] = [...CONTEXT_RULES, ...(live ? LIVE_RULES : [])];
  const found = [
    ...operations.flatMap((operation) => ofKind(place, operation)),
    ...rules.flatMap((rule) => rule(place, operations)),
  ];
  const findings = unique(found).map((finding) => ({
    ...finding,
    squawk: agreeing(finding.rule, opinions),
  }));
  const all = [...findings, ...unmatched(opinions)].map((finding) => allow(finding, statement));
  const claims = operations.flatMap((operation) => schema.claims(operation));
  const work = heaviest(operations, schema);
  return {
    report: {
      migration: migration.name,
      file: migration.file,
      direction,
      line: statement.line,
      column: statement.column,
      sql: statement.sql,
      locks: claims,
      work: work.work,
      seconds: work.seconds,
      source: sourceOf(statement, work.work, live !== undefined),
      known: [...new Set(claims.map(({ relation }) => relation))].flatMap((name) => knownOf(name, schema)),
      findings: all,
    },
    unused: statement.allow.filter(({ rule }) => !all.some((finding) => finding.rule === rule)),
  };
}

function sourceOf({ backfill }: Statement, work: Work, live: boolean): string {
  if (work === "catalog") return "catalogue rows only";
  const source = live ? ESTIMATE_SOURCE : "no database was asked";
  return backfill ? `all batches of ${backfill.batch} keys, each committed by itself; ${source}` : source;
}

/** The hazard that the catalogue knows of this kind, as far as it is one here. */
function ofKind(place: Place, operation: Operation): LintFinding[] {
  const { migration, direction, statement, schema } = place;
  const { hazard, work, breaks } = kindOf(operation.kind);
  if (!hazard || schema.isNew(operation.relation)) return [];
  if (statement.backfill && hazard.rule === "unbatched-change") return [];
  // What a down section removes was added by the up section.
  if (direction === "down" && (hazard.except || breaks !== undefined)) return [];
  if (hazard.except?.includes(migration.phase)) return [];
  const { rule, why, safe } = hazard;
  const table = schema.table(operation.relation);
  // Of a lock that is only taken it counts who waits behind it: on a small table nobody works for long.
  const seconds = table && expectedSeconds(work === "catalog" ? "scan" : work, table);
  if (hazard.small && seconds !== undefined && seconds <= UNNOTICED_SECONDS) {
    const small = `${operation.relation} is small (${bytesText(table!.bytes)}): about ${seconds.toFixed(2)} s`;
    return [{ rule, level: "note", why: `${why}; ${small}`, safe, squawk: [] }];
  }
  return [{ rule, level: "hazard", why, safe, squawk: [] }];
}

function allow(finding: LintFinding, { allow: allowances }: Statement): LintFinding {
  const allowance = allowances.find(({ rule }) => rule === finding.rule);
  return allowance && finding.level === "hazard"
    ? { ...finding, level: "allowed", reason: allowance.reason }
    : finding;
}

function unique(findings: readonly LintFinding[]): LintFinding[] {
  return findings.filter(
    (finding, index) => findings.findIndex(({ rule }) => rule === finding.rule) === index,
  );
}

function heaviest(
  operations: readonly Operation[],
  schema: Schema,
): { work: Work; seconds: number | undefined } {
  const works = operations
    .filter(({ relation }) => !schema.isNew(relation))
    .map(({ kind, relation }) => {
      const { work } = kindOf(kind);
      return { work, seconds: expectedSeconds(work, schema.table(relation)) };
    });
  const longest = works.sort(
    (a, b) => (b.seconds ?? Number.POSITIVE_INFINITY) - (a.seconds ?? Number.POSITIVE_INFINITY),
  )[0];
  return longest ?? { work: "catalog", seconds: expectedSeconds("catalog", undefined) };
}

function knownOf(name: string, schema: Schema): string[] {
  const table = schema.table(name);
  if (!table) return [];
  const { bytes, indexBytes, rows, writesPerSecond, partitions, referencedBy, publications, waiting } = table;
  return [
    [
      `${name}: ${bytesText(bytes)} and ${bytesText(indexBytes)} of indexes`,
      `${rows < 0 ? "never analysed" : `about ${Math.round(rows)} rows`}, ${writesPerSecond.toFixed(1)} writes/s`,
      ...(partitions > 0 ? [`${partitions} partitions`] : []),
      ...(referencedBy.length > 0 ? [`referenced by ${referencedBy.join(", ")}`] : []),
      ...(publications.length > 0 ? [`published by ${publications.join(", ")}`] : []),
      ...(waiting > 0 ? [`${waiting} sessions wait for it`] : []),
    ].join(", "),
  ];
}

function questions(statements: readonly StatementReport[]): string[] {
  const asked = statements.flatMap(({ locks, work }) =>
    locks.flatMap(({ relation, mode }) => [
      ...(work === "catalog" ? [] : [`how large ${relation} is, and so for how long`]),
      ...(blocksWrites(mode)
        ? [
            `whether long transactions hold ${relation}, how often it is written, who replicates or references it`,
          ]
        : []),
    ]),
  );
  return [...new Set(asked)];
}

export function bytesText(bytes: number): string {
  return bytes >= 1e9
    ? `${(bytes / 1e9).toFixed(1)} GB`
    : bytes >= 1e6
      ? `${(bytes / 1e6).toFixed(1)} MB`
      : `${Math.ceil(bytes / 1e3)} kB`;
}
