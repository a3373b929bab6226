// Where a database stands against the files: applied, pending, edited, out of order, half-applied; and what may be run.
import type { Problem } from "../../policies/engine/yaml";
import { OpsError } from "../core/errors";
import { type Direction, type Migration, stepsOf } from "./migration";

/** One row of the history that the runner keeps in the database. A migration that was reverted has none. */
export interface HistoryRow {
  number: number;
  name: string;
  /** Of the file as it was when it was begun. */
  sha256: string;
  direction: Direction;
  /** Steps that are committed, in that direction. */
  stepsDone: number;
  finished: boolean;
  /** ISO, UTC. */
  startedAt: string;
  finishedAt: string | null;
  /** The checkpoint taken before it; `ops restore --to` goes there. */
  checkpoint: string | null;
}

export type State =
  | "applied"
  | "pending"
  | "edited"
  | "missing file"
  | "out of order"
  | "half-applied"
  | "half-reverted";

export interface StateRow {
  number: number;
  name: string;
  state: State;
  detail: string;
  migration: Migration | undefined;
  history: HistoryRow | undefined;
}

/** Two files with one number: which comes first cannot be told. */
export function duplicateNumbers(migrations: readonly Pick<Migration, "number" | "file">[]): Problem[] {
  return migrations.flatMap(({ number, file }, index) => {
    const first = migrations.findIndex((other) => other.number === number);
    if (first === index) return [];
    const message = `number ${String(number).padStart(4, "0")} is that of ${migrations[first]!.file} too`;
    return [{ file, line: 1, column: 1, message, expected: "one number a migration" }];
  });
}

/** One row a number, ascending. */
export function stateOf(migrations: readonly Migration[], history: readonly HistoryRow[]): StateRow[] {
  const newest = Math.max(0, ...history.map(({ number }) => number));
  const numbers = [...new Set([...migrations, ...history].map(({ number }) => number))].sort((a, b) => a - b);
  return numbers.map((number) => {
    const migration = migrations.find((one) => one.number === number);
    const row = history.find((one) => one.number === number);
    const name = migration?.name ?? row?.name ?? String(number);
    const of = (state: State, detail: string): StateRow => ({
      number,
      name,
      state,
      detail,
      migration,
      history: row,
    });
    if (!row)
      return number < newest
        ? of("out of order", `${String(newest).padStart(4, "0")} is applied already`)
        : of("pending", migration!.phase);
    if (!migration) return of("missing file", `applied ${row.startedAt}; its file is gone`);
    if (row.sha256 !== migration.sha256 || row.name !== migration.name)
      return of(
        "edited",
        `applied as sha256 ${row.sha256.slice(0, 12)}, the file is ${migration.sha256.slice(0, 12)} now`,
      );
    if (row.finished) return of("applied", `${row.finishedAt ?? ""}`);
    const total = migration[row.direction]?.length ?? 0;
    const done = `${row.stepsDone} of ${total} steps committed since ${row.startedAt}`;
    return of(row.direction === "up" ? "half-applied" : "half-reverted", done);
  });
}

/** Not yet (wholly) in force, in order. */
export function pendingOf(rows: readonly StateRow[]): Migration[] {
  return rows.flatMap(({ state, migration }) =>
    migration && (state === "pending" || state === "half-applied") ? [migration] : [],
  );
}

/** What stands between here and any `up`. @throws OpsError migration */
export function refuseBroken(rows: readonly StateRow[]): void {
  const broken = rows.filter(({ state }) => /edited|missing|out of order|half-reverted/.test(state));
  const first = broken[0];
  if (!first) return;
  throw new OpsError(
    "migration",
    broken.map(({ name, state, detail }) => `${name}: ${state} (${detail})`).join("; "),
    {
      expected: "every applied file as it was, and new numbers after all applied ones",
      todo: NEXT_STEP[first.state] ?? "see `ops migrate status`",
    },
  );
}

const NEXT_STEP: Readonly<Partial<Record<State, string>>> = {
  edited: "put the file back as it was applied (git log), and write what is new into a new migration",
  "missing file": "put the file back from git",
  "out of order": "give the new file a number after the last applied one (git mv)",
  "half-reverted": "finish it with `ops migrate down`",
};

export interface Resumption {
  migration: Migration;
  fromStep: number;
  /** One sentence for people: resumes or begins again. */
  says: string;
}

/** Where a run of this migration begins. */
export function beginning(
  migration: Migration,
  direction: Direction,
  row: HistoryRow | undefined,
): Resumption {
  if (!row || row.finished || row.direction !== direction) return { migration, fromStep: 0, says: "" };
  const total = stepsOf(migration, direction).length;
  const step = `step ${row.stepsDone + 1} of ${total}`;
  const says =
    row.stepsDone === 0
      ? `${migration.name} was begun and no step of it committed (the server rolled it back): begins again at ${step}`
      : `${migration.name} is half done (${row.stepsDone} of ${total} steps committed): resumes at ${step}`;
  return { migration, fromStep: row.stepsDone, says };
}

/**
 * What `down` reverts, newest first: the newest one, or all after `to`.
 * @throws OpsError migration (no down section, edited), usage (`to` is not applied)
 */
export function planDown(rows: readonly StateRow[], to: number | undefined): Migration[] {
  const inForce = rows.filter(({ history }) => history !== undefined).reverse();
  if (to !== undefined && to !== 0 && !inForce.some(({ number }) => number === to)) {
    throw new OpsError("usage", `--to ${to}: no applied migration has this number`, {
      expected: inForce.map(({ name }) => name).join(", ") || "an applied migration; there is none",
      todo: "`ops migrate status` lists them; 0 reverts all",
    });
  }
  const chosen = to === undefined ? inForce.slice(0, 1) : inForce.filter(({ number }) => number > to);
  return chosen.map(({ name, state, detail, migration }) => {
    if (!migration || state === "edited" || state === "missing file") {
      throw new OpsError("migration", `${name}: ${state} (${detail})`, {
        expected: "the file as it was applied: only its own down section reverts it",
        todo: NEXT_STEP[state] ?? "see `ops migrate status`",
      });
    }
    if (!migration.down) {
      throw new OpsError("migration", `${name} cannot be reverted: ${migration.forwardFix}`, {
        expected: "a migration with a down section",
        todo: "write the forward fix as a new migration, or go back with `ops restore --to <its checkpoint>`",
      });
    }
    return migration;
  });
}
