// What is known about a whole ledger without its entries: the head, and the root of a day. The head carries the unfinished
// Merkle trees too, so that appending costs the same at entry 10 and at entry 100,000.
import * as v from "valibot";
import { readExactly } from "./canonical";
import { COUNT, DATE, DIGEST, demandShape, INSTANT_AS_WRITTEN, ORDINAL } from "./claim";
import { Defect, sha256 } from "./dsse";
import { EMPTY_TREE, grow, rootOf, type Tree } from "./merkle";

export const HEAD_PAYLOAD = "application/vnd.netedu-ops.ledger-head+json";
export const DAY_ROOT_PAYLOAD = "application/vnd.netedu-ops.ledger-day-root+json";

/** Where a ledger ends. */
export interface Tip {
  /** sha256 of the last envelope; null when there is none. */
  last: string | null;
  /** Over all envelopes. */
  tree: Tree;
  /** Over the envelopes of the last day; null when there is none. */
  day: { date: string; tree: Tree } | null;
}

export const EMPTY_TIP: Tip = { last: null, tree: EMPTY_TREE, day: null };

/** The tip with one more envelope. `date` is never before the tip's. */
export function extend(tip: Tip, date: string, envelope: Uint8Array): Tip {
  const today = tip.day?.date === date ? tip.day.tree : EMPTY_TREE;
  return {
    last: sha256(envelope),
    tree: grow(tip.tree, envelope),
    day: { date, tree: grow(today, envelope) },
  };
}

export interface Head {
  ledger: string;
  tip: Tip;
  /** ISO 8601, UTC. */
  at: string;
}

/** `peaks` are the writer's working state; count, last and root are what a reader needs. */
export function writeHead({ ledger, tip, at }: Head): Buffer {
  const day = tip.day && { date: tip.day.date, count: tip.day.tree.size, peaks: tip.day.tree.peaks };
  const { size: count, peaks } = tip.tree;
  return Buffer.from(
    JSON.stringify({ ledger, count, last: tip.last, root: rootOf(tip.tree), at, peaks, day }),
  );
}

/** Entries of one day, at most: a number that no day can hold would be counted up to all the same. */
export const MOST_A_DAY = 1_000_000;

const TREE = { count: COUNT, peaks: v.array(DIGEST) };
const HEAD = v.object({
  ledger: v.string(),
  ...TREE,
  last: v.nullable(DIGEST),
  root: DIGEST,
  at: INSTANT_AS_WRITTEN,
  day: v.nullable(v.object({ date: DATE, ...TREE })),
});

/**
 * Reads a payload whose signature was found right.
 * @throws Defect when it is no head as `writeHead` makes it: its parts must follow from each other
 */
export function readHead(payload: Uint8Array): Head {
  const value = readExactly(payload);
  demandShape(HEAD, value, "head");
  const { ledger, count, last, at, peaks, day } = value as v.InferOutput<typeof HEAD>;
  const tip = {
    last,
    tree: { size: count, peaks },
    day: day && { date: day.date, tree: { size: day.count, peaks: day.peaks } },
  };
  const head = { ledger, tip, at };
  if (!writeHead(head).equals(payload))
    throw new Defect("its root is not that of its subtrees", "a head as it was written");
  return head;
}

export interface DayRoot {
  day: string;
  /** Index of the day's first entry. */
  first: number;
  count: number;
  /** sha256 of the day's last envelope. */
  last: string;
  root: string;
}

export function writeDayRoot(dayRoot: DayRoot): Buffer {
  const { day, first, count, last, root } = dayRoot;
  return Buffer.from(JSON.stringify({ day, first, count, last, root }));
}

const DAY_ROOT = v.object({
  day: DATE,
  first: ORDINAL,
  count: v.pipe(ORDINAL, v.maxValue(MOST_A_DAY, `at most ${MOST_A_DAY} entries`)),
  last: DIGEST,
  root: DIGEST,
});

/** Reads a payload whose signature was found right. @throws Defect when it is no day root as `writeDayRoot` makes it */
export function readDayRoot(payload: Uint8Array): DayRoot {
  const value = readExactly(payload);
  demandShape(DAY_ROOT, value, "day root");
  const root = value as DayRoot;
  if (!writeDayRoot(root).equals(payload))
    throw new Defect("it says more than the root of a day", "day, first, count, last and root");
  return root;
}

/** The root of the tip's day; undefined for an empty ledger. */
export function dayRootOf({ tree, day, last }: Tip): DayRoot | undefined {
  if (!day || last === null) return undefined;
  const count = day.tree.size;
  return { day: day.date, first: tree.size - count + 1, count, last, root: rootOf(day.tree) };
}
