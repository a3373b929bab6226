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
  const ranges = blocks.map((block) => `r.ctid >= '(${block},0)' and r.ctid < '(${block + 1},0)'`);
  return readWhere(
    session,
    leaf,
    columns,
    `(${ranges.join(" or ")}) and r.xmin = any ('{${xids.join(",")}}'::xid[])`,
  );
}

async function readWhere(
  session: Session,
  leaf: Leaf,
  columns: readonly Column[],
  condition: string,
): Promise<PlacedImage[]> {
  const found: PlacedImage[] = [];
  await streamRows(
    session,
    `select ${listOf(columns)} from only ${qualified(leaf)} r where ${condition}`,
    ([ctid, ...image]) => found.push({ place: { file: leaf.file, ...placeOf(ctid) }, image }),
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

function placeOf(ctid: string | null | undefined): { block: number; offset: number } {
  const [, block, offset] = /^\((\d+),(\d+)\)$/.exec(ctid ?? "") ?? [];
  if (block === undefined) throw new OpsError("fail", `a row came without its place: ${ctid}`);
  return { block: Number(block), offset: Number(offset) };
}
