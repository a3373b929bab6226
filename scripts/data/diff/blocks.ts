// Rows that are not the same at the same place of a table on two servers that were copied from one another: told block by block by sums of
// hashes, and within the blocks that differ by the hash of each row. Rows that moved are found on both sides, and meet again by their key.
import { quote } from "../../postgres/fingerprint";
import type { Session } from "../../postgres/port";
import { type HashedColumn, rowHash } from "../../postgres/row-hash";
import type { Leaf } from "../images/catalogue";
import type { FilePlace } from "../images/places";
import { inBlocks, placeOf, streamRows } from "../images/read";

/** Blocks whose sums are compared at once: 32 MiB, and as many short lines. */
const SUMS_AT_ONCE = 4_096;
/** Blocks of which every row's hash is asked for at once, at most 291 rows a block: more are no faster, and double the memory of this process. */
const ROWS_AT_ONCE = 32;

/** One side of a table that holds rows itself. */
export interface Placed {
  session: Session;
  leaf: Leaf;
  /** Within which every row lies that the session can see. */
  blocks: number;
}

/**
 * @param columns how a row is hashed, on both sides alike
 * @param onPlaces told places of each side whose rows the other has not, or otherwise; at most some ten thousand at once
 * @param onBlocks told how many blocks are behind
 */
export async function differingPlaces(
  sides: readonly [Placed, Placed],
  columns: readonly HashedColumn[],
  onPlaces: (places: readonly [FilePlace[], FilePlace[]]) => Promise<void>,
  onBlocks: (done: number) => void,
): Promise<void> {
  const hash = rowHash(columns, quote);
  const blocks = Math.max(...sides.map((side) => side.blocks));
  for (let from = 0; from < blocks; from += SUMS_AT_ONCE) {
    const to = Math.min(from + SUMS_AT_ONCE, blocks);
    const [one, other] = await both(sides, (side) => sumsOf(side, { from, to }, hash));
    const differing = keysThatDiffer(one, other).map(Number);
    for (let at = 0; at < differing.length; at += ROWS_AT_ONCE) {
      const some = differing.slice(at, at + ROWS_AT_ONCE);
      const [mine, theirs] = await both(sides, (side) => hashesIn(side, some, hash));
      await onPlaces([placesOf(sides[0], mine, theirs), placesOf(sides[1], theirs, mine)]);
    }
    onBlocks(to);
  }
}

async function both<T>(
  [one, other]: readonly [Placed, Placed],
  ask: (side: Placed) => Promise<T>,
): Promise<[T, T]> {
  return Promise.all([ask(one), ask(other)]);
}

/** By block; a block without a row that can be seen is not among them. */
async function sumsOf(
  { session, leaf }: Placed,
  range: { from: number; to: number },
  hash: string,
): Promise<Map<string, string>> {
  const sums = new Map<string, string>();
  const list = `count(*) as rows, sum(${hash}) as sum`;
  await streamRows(
    session,
    `select b.n, o.rows, o.sum from ${inBlocks(leaf, range, list)} where o.rows > 0`,
    ([block, rows, sum]) => void sums.set(block!, `${rows} ${sum}`),
  );
  return sums;
}

/** Place and hash of each row, `(7,1) -42`: a line a block, because a line a row took twice as long. */
async function hashesIn(
  { session, leaf }: Placed,
  blocks: readonly number[],
  hash: string,
): Promise<Set<string>> {
  const hashes = new Set<string>();
  const list = `string_agg(concat(r.ctid, ' ', ${hash}), ';') as rows`;
  await streamRows(session, `select o.rows from ${inBlocks(leaf, blocks, list)}`, ([rows]) => {
    for (const row of rows?.split(";") ?? []) hashes.add(row);
  });
  return hashes;
}

function keysThatDiffer(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const keys = [...one.keys()].filter((key) => one.get(key) !== other.get(key));
  return [...keys, ...[...other.keys()].filter((key) => !one.has(key))];
}

function placesOf({ leaf }: Placed, mine: ReadonlySet<string>, theirs: ReadonlySet<string>): FilePlace[] {
  return [...mine]
    .filter((row) => !theirs.has(row))
    .map((row) => ({ file: leaf.file, ...placeOf(row.slice(0, row.indexOf(" "))) }));
}
