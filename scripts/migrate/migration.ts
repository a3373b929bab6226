// What a migration is: one SQL file with an up and a down section. Types only; how it is read is file.ts's business.
import type { Node } from "@pgsql/types";
import type { Phase, SchemaChange } from "./compatibility";
import type { Operation } from "./operation";

/** The server's own grammar, handed in: the domain loads no WASM. Offsets are characters from the start of the text. */
export type SqlParse = (
  sql: string,
) =>
  | { statements: readonly { node: Node; start: number; end: number }[] }
  | { error: { message: string; at: number } };

/** `-- ops:backfill table=… key=… batch=… [pause=…]` */
export interface Backfill {
  /** `schema.table` whose key is walked. */
  table: string;
  /** A column with a unique index; `$1` of the statement is the last key done, `$2` the last of this batch. */
  key: string;
  /** Rows of the table that one batch covers. */
  batch: number;
  /** Least rest between two batches, milliseconds; a batch that took longer is followed by a rest as long. Default 0. */
  pause: number;
}

/** `-- ops:allow <rule> "reason"`: a hazard that somebody answers for. */
export interface Allowance {
  rule: string;
  reason: string;
  line: number;
}

export interface Statement {
  sql: string;
  node: Node;
  /** Of its first word, in the file, from 1. */
  line: number;
  column: number;
  /** Runs by itself, outside any transaction. */
  noTransaction: boolean;
  /** What came before is committed first. */
  newTransaction: boolean;
  backfill: Backfill | undefined;
  allow: readonly Allowance[];
  operations: readonly Operation[];
}

/** What is committed together. A killed run resumes at the beginning of a step, a backfill after its last batch. */
export interface Step {
  kind: "transaction" | "alone" | "backfill";
  statements: readonly Statement[];
}

export interface Migration extends SchemaChange {
  number: number;
  /** Path as shown to people. */
  file: string;
  /** Of the file's bytes: whatever is changed in it makes it another migration. */
  sha256: string;
  up: readonly Step[];
  /** Undefined when a forward fix is declared instead. */
  down: readonly Step[] | undefined;
  /** Why it cannot be reverted, and what is done instead. */
  forwardFix: string | undefined;
}

export type Direction = "up" | "down";

/** @throws RangeError when there is no way in that direction, which callers ask first */
export function stepsOf(migration: Migration, direction: Direction): readonly Step[] {
  const steps = direction === "up" ? migration.up : migration.down;
  if (!steps) throw new RangeError(`${migration.name} has no down section`);
  return steps;
}

/** Cuts statements into what is committed together. */
export function stepsFrom(statements: readonly Statement[]): Step[] {
  const steps: { kind: Step["kind"]; statements: Statement[] }[] = [];
  for (const statement of statements) {
    const kind = statement.noTransaction ? "alone" : statement.backfill ? "backfill" : "transaction";
    const last = steps.at(-1);
    if (kind === "transaction" && last?.kind === "transaction" && !statement.newTransaction)
      last.statements.push(statement);
    else steps.push({ kind, statements: [statement] });
  }
  return steps;
}

export const NAME = /^(\d{4})_([a-z][a-z0-9_]*)$/;
export type { Phase };
