// Reads rows by the places that WAL names: as they were on a copy just before the transaction, as they are just after it.
import { OpsError } from "../../core/errors";
import { qualified, quote } from "../../postgres/fingerprint";
import type { Session } from "../../postgres/port";
import type { Leaf } from "./catalogue";
import type { Column, Image } from "./change";
import { CopyText } from "./copy-text";
import type { FilePlace } from "./places";

/** Places asked for with one statement. */
export const PLACES_AT_ONCE = 2_000;

/** A row with where it lies. */
export interface PlacedImage {
  place: FilePlace;
  image: Image;
}

/**
 * The rows that can be seen at these places of one table: what is not visible at this moment is not among them. They come by COPY,
 * as text and in no order. Row versions that the transaction touched cannot have been removed: nobody else saw them die.
 */
export async function readPlaces(
  session: Session,
  leaf: Leaf,
  columns: readonly Column[],
  places: readonly FilePlace[],
): Promise<PlacedImage[]> {
  const tids = places.map(({ block, offset }) => `"(${block},${offset})"`).join(",");
  return readWhere(session, leaf, columns, `r.ctid = any ('{${tids}}'::tid[])`);
}

/** Rows in these blocks that one of the transactions made. */
export async function readBlocks(
  session: Session,
  leaf: Leaf,
  columns: readonly Column[],
  blocks: readonly number[],
  xids: readonly number[],
): Promise<PlacedImage[]> {
  const made = `r.xmin = any ('{${xids.join(",")}}'::xid[])`;
  return placed(session, leaf, `select o.* from ${inBlocks(leaf, blocks, listOf(columns), made)}`);
}

/**
 * What is asked of the rows in some blocks, as something to select from, named `o`; the row is `r`. Every block is read by itself and no
 * other: of several ranges in one condition PostgreSQL would make a scan of the whole table.
 */
export function inBlocks(
  leaf: Pick<Leaf, "schema" | "name">,
  blocks: readonly number[] | { from: number; to: number },
  list: string,
  condition = "true",
): string {
  const numbers =
    "from" in blocks
      ? `generate_series(${blocks.from}, ${blocks.to - 1})`
      : `unnest('{${blocks.join(",")}}'::int8[])`;
  return `${numbers} as b(n) cross join lateral (select ${list} from only ${qualified(leaf)} as r
    where r.ctid >= format('(%s,0)', b.n)::tid and r.ctid < format('(%s,0)', b.n + 1)::tid and ${condition} offset 0) as o`;
}

async function readWhere(
  session: Session,
  leaf: Leaf,
  columns: readonly Column[],
  condition: string,
): Promise<PlacedImage[]> {
  return placed(session, leaf, `select ${listOf(columns)} from only ${qualified(leaf)} r where ${condition}`);
}

async function placed(session: Session, leaf: Leaf, sql: string): Promise<PlacedImage[]> {
  const found: PlacedImage[] = [];
  await streamRows(session, sql, ([ctid, ...image]) =>
    found.push({ place: { file: leaf.file, ...placeOf(ctid) }, image }),
  );
  return found;
}

/** Every row of a table, as it comes. */
export async function readAll(
  session: Session,
  leaf: Leaf,
  columns: readonly Column[],
  onRow: (image: Image) => void,
): Promise<void> {
  await streamRows(session, `select ${listOf(columns)} from only ${qualified(leaf)} r`, ([, ...image]) =>
    onRow(image),
  );
}

/** @param sql a query whose values are given out as text, NULL as null */
export async function streamRows(
  session: Session,
  sql: string,
  onRow: (row: (string | null)[]) => void,
): Promise<void> {
  const text = new CopyText(onRow);
  await session.copyOut(`copy (${sql}) to stdout`, (chunk) => text.add(chunk));
}

function listOf(columns: readonly Column[]): string {
  return ["r.ctid", ...columns.map(({ name }) => `r.${quote(name)}`)].join(", ");
}

/** @throws OpsError fail */
export function placeOf(ctid: string | null | undefined): { block: number; offset: number } {
  const [, block, offset] = /^\((\d+),(\d+)\)$/.exec(ctid ?? "") ?? [];
  if (block === undefined) throw new OpsError("fail", `a row came without its place: ${ctid}`);
  return { block: Number(block), offset: Number(offset) };
}
