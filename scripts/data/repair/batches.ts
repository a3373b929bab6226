// Writes a list of rows in short transactions: each says in the database itself how far it came, so that a run that was killed goes on
// behind the last that was committed. Nobody waits for a row of ours longer than the bound.
import { OpsError } from "../../core/errors";
import type { Core } from "../../core/tools";
import type { Session } from "../../postgres/port";
import { advance, type Kept, keep } from "./quarantine";
import type { WrittenRow } from "./references";
import { isBusy } from "./write";

/** Nobody waits longer for rows that a batch has locked, seconds. */
export const WRITER_BOUND_SECONDS = 1;
/** A batch is committed after so long; checking it takes time as well. */
const BATCH_SECONDS = 0.15;
const BATCH_ROWS = 500;
/** Of rows that hold only together so many may be one batch, and it may take so long. */
const WIDE_ROWS = 4_000;
const WIDE_SECONDS = 0.4;
/** A batch that took longer is not committed, but taken back and tried with fewer rows. */
const TOO_LONG_SECONDS = 0.5;
const TRIES = 30;

/** One row of the list, dealt with. */
export interface Dealt {
  /** Absent where nothing was to be done. */
  written?: WrittenRow & { schema: string; name: string; columns: readonly string[] };
  /** What is to be said of it, once that is committed. */
  note?: string;
}

export interface Work<T> {
  /** The repair, as the quarantine knows it. */
  id: string;
  /** Rows of the list that were dealt with before. */
  position: number;
  /** From the first row on. */
  rows: AsyncIterable<T>;
  /** Triggers of the tables stay silent. */
  silent: boolean;
  /** In a transaction of the session's. */
  deal(row: T, position: number): Promise<Dealt>;
  /** Before each commit. @throws OpsError when it must not be committed; Incomplete when it may be with rows that come later */
  check(written: readonly WrittenRow[], last: boolean): Promise<void>;
  onRows?(done: number): void;
}

export interface Batches {
  /** Rows. */
  written: number;
  notes: readonly string[];
}

/** @throws OpsError timeout when somebody always held a row; whatever `deal` and `check` throw */
export async function writeBatches<T>(
  { clock, random, signal }: Pick<Core, "clock" | "random" | "signal">,
  session: Session,
  work: Work<T>,
): Promise<Batches> {
  let position = 0;
  let written = 0;
  const notes: string[] = [];
  let most = BATCH_ROWS;
  let wide = false;
  const iterator = work.rows[Symbol.asyncIterator]();
  for (; position < work.position; position++) await iterator.next();
  let waiting: T[] = [];
  let ended = false;
  for (let tries = 0; !ended || waiting.length > 0; ) {
    signal.throwIfAborted();
    while (!ended && waiting.length <= most) {
      const next = await iterator.next();
      if (next.done) ended = true;
      else waiting.push(next.value);
    }
    const done = await attempt(clock, session, work, { position, waiting, most, ended, wide }).catch(
      async (error: unknown) => {
        await session.query("rollback");
        if (error instanceof Incomplete && !wide && waiting.length > most) {
          [wide, most] = [true, WIDE_ROWS];
          return undefined;
        }
        if (!isBusy(error) && !(error instanceof TooSlow)) throw error;
        if (++tries === TRIES) throw stuck(error);
        most = Math.max(1, Math.floor(most / 2));
        await clock.sleep(0.2 + random() * Math.min(5, tries), signal);
        return undefined;
      },
    );
    if (!done) continue;
    [tries, wide] = [0, false];
    position += done.dealt;
    written += done.written;
    notes.push(...done.notes);
    waiting = waiting.slice(done.dealt);
    most = Math.min(BATCH_ROWS, most * 2);
    work.onRows?.(position);
    if (done.last) break;
  }
  return { written, notes };
}

class TooSlow extends Error {}

/** Rows refer to others that come later in the list: only together can they be committed. */
export class Incomplete extends OpsError {}

interface Batch<T> {
  position: number;
  waiting: readonly T[];
  most: number;
  /** Nothing comes after what waits. */
  ended: boolean;
  /** Rows of a smaller one refer to others that come later. */
  wide: boolean;
}

async function attempt<T>(
  clock: Core["clock"],
  session: Session,
  { id, silent, deal, check }: Work<T>,
  { position, waiting, most, ended, wide }: Batch<T>,
): Promise<{ dealt: number; last: boolean } & Batches> {
  const began = clock.seconds();
  const elapsed = (): number => clock.seconds() - began;
  await session.query("begin isolation level read committed read write");
  await session.query(
    `set local lock_timeout = '100ms'; set local statement_timeout = '${TOO_LONG_SECONDS * 1000}ms'; ${silent ? "set local session_replication_role = replica" : "set constraints all deferred"}`,
  );
  const written: WrittenRow[] = [];
  const kept: Kept[] = [];
  const notes: string[] = [];
  let dealt = 0;
  for (const row of waiting.slice(0, most)) {
    const at = position + dealt;
    const done = await deal(row, at);
    dealt++;
    if (done.note !== undefined) notes.push(done.note);
    if (done.written) {
      const { schema, name, columns, was, is } = done.written;
      kept.push({ position: at, schema, name, columns, was, became: is });
      written.push(done.written);
    }
    if (elapsed() > (wide ? WIDE_SECONDS : BATCH_SECONDS)) break;
  }
  const last = ended && dealt === waiting.length;
  await keep(session, id, kept);
  await check(written, last);
  await advance(session, id, position + dealt, last);
  if (elapsed() > TOO_LONG_SECONDS && dealt > 1) throw new TooSlow();
  await session.query("commit");
  return { dealt, written: written.length, notes, last };
}

function stuck(cause: unknown): OpsError {
  return new OpsError("timeout", `a row could not be locked within ${TRIES} tries`, {
    expected: "rows that nobody holds for long",
    todo: "run the same command again: it goes on where it stopped; see who holds the row in pg_locks",
    cause,
  });
}
