// One transaction's rows before and after, put together from its places in WAL and a copy that stands first before and then after it.
import type { BackupSet } from "../../backup/backup-set";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { HAZARDS } from "../../postgres/listing";
import type { Database, Session } from "../../postgres/port";
import type { DataTools, RowWriter } from "../port";
import type { Archive } from "../wal/archive";
import { howReplaced } from "../wal/files";
import type { Located } from "../wal/locate";
import {
  type Catalogue,
  type DatabaseName,
  type Leaf,
  LIST_DATABASES,
  type Root,
  readCatalogue,
} from "./catalogue";
import { type ChangedRow, type ChangedTable, type Image, kindOf, written } from "./change";
import { copyAlong, type Stops } from "./copy-along";
import { type FilePlace, Places, type RowPlaces } from "./places";
import { leavesByFile, PLACES_AT_ONCE, readAll, readBlocks, readPlaces } from "./read";

/** What is told of a table as a whole. */
export interface TableFate {
  table: Pick<ChangedTable, "database" | "schema" | "name">;
  how: "emptied" | "rewritten" | "dropped";
}

export interface TransactionImages {
  fates: readonly TableFate[];
  checks: readonly Check[];
  /** The backup that the copy came from. */
  set: BackupSet;
}

/** Rows of a transaction that are read at most; of a table that was emptied every row is. */
export const MOST_ROWS = 500_000;

interface Before {
  database: string;
  catalogue: Catalogue;
  /** In the order in which their before-images were written down. */
  places: RowPlaces[];
  spool: string;
  emptied: Set<string>;
}

/**
 * @param all in the order of their commits, each with whom to tell of its rows, in no order
 * @throws OpsError usage when one changed too many rows, or none; instant, space, fail …
 */
export async function readImages(
  context: DataTools,
  archive: Archive,
  all: readonly { located: Located; collector: Collector }[],
): Promise<TransactionImages> {
  const fates: TableFate[] = [];
  const stops: Stops[] = [];
  for (const { located, collector } of all) {
    const places = await placesOf(located);
    let seen: Before | undefined;
    stops.push({
      transaction: located.transaction,
      async before(copy) {
        const spool = await context.rowFiles.create(`${context.newId()}.before`);
        context.defer(`remove ${spool.file}`, () => context.rowFiles.remove(spool.file));
        seen = await readBefore(copy, located, places, spool, collector);
      },
      async after(copy) {
        fates.push(...(await readAfter(context, copy, located, places, seen!, collector)));
        await context.rowFiles.remove(seen!.spool);
      },
    });
  }
  return { fates, ...(await copyAlong(context, archive, stops)) };
}

async function placesOf(located: Located): Promise<Places> {
  const places = new Places(MOST_ROWS);
  const own = new Set([located.transaction.xid, ...located.transaction.subxids]);
  try {
    await located.changes((change) => own.has(change.xid) && places.add(change));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new OpsError("usage", `transaction ${located.transaction.xid} changed ${error.message}`, {
      expected: `at most ${MOST_ROWS} rows`,
      todo: "compare the tables with an earlier instant instead: `ops data diff --at`",
    });
  }
  return places;
}

/** Gives tables their positions, whichever transaction changed their rows. */
export class Tables {
  readonly list: ChangedTable[] = [];
  private readonly positions = new Map<string, number>();

  position({ database, schema, name, columns, key }: Root): number {
    const id = JSON.stringify([database, schema, name]);
    const known = this.positions.get(id);
    if (known !== undefined) return known;
    this.positions.set(id, this.list.length);
    return this.list.push({ database, schema, name, columns, key }) - 1;
  }
}

/** Takes the rows of one transaction, and leaves out what came to nothing. */
export class Collector {
  rows = 0;

  constructor(
    private readonly tables: Tables,
    private readonly onRow: (row: ChangedRow) => void,
  ) {}

  add(root: Root, before: Image | null, after: Image | null): void {
    const only = (image: Image | null): Image | null => image && written(image, root.columns);
    const row = { table: this.tables.position(root), before: only(before), after: only(after) };
    if (kindOf(row) === undefined) return;
    this.rows++;
    this.onRow(row);
  }
}

async function readBefore(
  copy: Database,
  { transaction }: Located,
  places: Places,
  spool: RowWriter,
  collector: Collector,
): Promise<Before> {
  const database = await databaseOf(copy, transaction);
  const session = await copy.session(database);
  try {
    const catalogue = await readCatalogue(session, HAZARDS);
    const byFile = leavesByFile(catalogue);
    const emptied = new Set(transaction.dropped.filter((file) => byFile.has(file)));
    const all = [...places.result()].filter(({ old }) => !old || !emptied.has(old.file));
    const ordered = all.sort((a, b) => order(a.old, b.old));
    for (let from = 0; from < ordered.length; from += PLACES_AT_ONCE) {
      const part = ordered.slice(from, from + PLACES_AT_ONCE);
      const images = await imagesAt(
        session,
        catalogue,
        byFile,
        part.map(({ old }) => old),
      );
      for (const { old } of part) spool.write(old ? (images.get(textOf(old)) ?? null) : null);
    }
    spool.close();
    for (const file of emptied) {
      const leaf = byFile.get(file)!;
      const root = catalogue.roots.get(leaf.root)!;
      await readAll(session, leaf, root.columns, (image) => collector.add(root, image, null));
    }
    return { database, catalogue, places: ordered, spool: spool.file, emptied };
  } finally {
    await session.close();
  }
}

async function readAfter(
  context: DataTools,
  copy: Database,
  { transaction }: Located,
  places: Places,
  { database, catalogue, places: ordered, spool, emptied }: Before,
  collector: Collector,
): Promise<TableFate[]> {
  const session = await copy.session(database);
  try {
    const now = await readCatalogue(session, HAZARDS);
    const fates = fatesOf(transaction, catalogue, now);
    requireSameColumns(transaction.xid, catalogue, now, ordered);
    const byFile = leavesByFile(now);
    // A table whose file is another one since was named by its old file while the transaction worked on that.
    for (const leaf of catalogue.leaves) if (!byFile.has(leaf.file)) byFile.set(leaf.file, leaf);
    const known = new Set<string>();
    const befores = context.rowFiles.read(spool)[Symbol.asyncIterator]();
    for (let from = 0; from < ordered.length; from += PLACES_AT_ONCE) {
      const part = ordered.slice(from, from + PLACES_AT_ONCE);
      const live = part.map((row) => (row.new && !emptied.has(row.new.file) ? row.new : undefined));
      const images = await imagesAt(session, now, byFile, live);
      for (const [index, row] of part.entries()) {
        const before = ((await befores.next()).value ?? null) as Image | null;
        const place = live[index];
        if (place) known.add(textOf(place));
        const leaf = byFile.get((row.old ?? row.new)!.file);
        const root = leaf && (now.roots.get(leaf.root) ?? catalogue.roots.get(leaf.root));
        // Files of the catalogue and of TOAST belong to no table of the user's.
        if (root) collector.add(root, before, place ? (images.get(textOf(place)) ?? null) : null);
      }
    }
    await readFilled(session, now, byFile, transaction, places, known, collector);
    return fates;
  } finally {
    await session.close();
  }
}

/** Rows that came several at once (COPY, and INSERT … SELECT in some versions): of those only their blocks are known. */
async function readFilled(
  session: Session,
  now: Catalogue,
  byFile: ReadonlyMap<string, Leaf>,
  { xid, subxids }: Located["transaction"],
  places: Places,
  known: ReadonlySet<string>,
  collector: Collector,
): Promise<void> {
  const present = leavesByFile(now);
  for (const [file, blocks] of places.blocks()) {
    const leaf = byFile.get(file);
    const root = leaf && present.has(file) ? now.roots.get(leaf.root) : undefined;
    if (!leaf || !root) continue;
    const all = [...blocks];
    for (let from = 0; from < all.length; from += FILLED_AT_ONCE) {
      const rows = await readBlocks(session, leaf, root.columns, all.slice(from, from + FILLED_AT_ONCE), [
        xid,
        ...subxids,
      ]);
      for (const { place, image } of rows) if (!known.has(textOf(place))) collector.add(root, null, image);
    }
  }
}

const FILLED_AT_ONCE = 32;

/** Images by place. */
async function imagesAt(
  session: Session,
  catalogue: Catalogue,
  byFile: ReadonlyMap<string, Leaf>,
  wanted: readonly (RowPlaces["old"] | undefined)[],
): Promise<Map<string, Image>> {
  const present = leavesByFile(catalogue);
  const perFile = new Map<string, FilePlace[]>();
  for (const place of wanted) if (place) perFile.set(place.file, [...(perFile.get(place.file) ?? []), place]);
  const images = new Map<string, Image>();
  for (const [file, places] of perFile) {
    const leaf = byFile.get(file);
    const root = leaf && present.has(file) ? catalogue.roots.get(leaf.root) : undefined;
    if (!leaf || !root) continue;
    for (const { place, image } of await readPlaces(session, leaf, root.columns, places))
      images.set(textOf(place), image);
  }
  return images;
}

/** A transaction works in one database. */
async function databaseOf(
  copy: Database,
  { files, dropped, created }: Located["transaction"],
): Promise<string> {
  const names = await copy.query<DatabaseName>(copy.maintenance, LIST_DATABASES);
  const oids = new Set([
    ...[...files.keys()].map((file) => Number(file.split("/")[1])),
    ...[...dropped, ...created].map((file) => Number(file.split("/")[0])),
  ]);
  const found = names.find(({ oid }) => oids.has(oid));
  if (found) return found.name;
  throw new OpsError("usage", "the transaction changed no row of a database that there was before it", {
    expected: "a transaction that `ops data blame` shows with rows",
  });
}

function fatesOf(transaction: Located["transaction"], before: Catalogue, after: Catalogue): TableFate[] {
  const later = new Map(after.leaves.map((leaf) => [leaf.oid, leaf]));
  return before.leaves.flatMap((leaf) => {
    if (!transaction.dropped.includes(leaf.file)) return [];
    const root = before.roots.get(leaf.root)!;
    const { database } = root;
    const now = later.get(leaf.oid);
    const how = now === undefined ? ("dropped" as const) : howReplaced(transaction, now.file);
    return [{ table: { database, schema: leaf.schema, name: leaf.name }, how }];
  });
}

/** @throws OpsError usage when the transaction changed the definition of a table whose rows it changed */
function requireSameColumns(
  xid: number,
  before: Catalogue,
  after: Catalogue,
  places: readonly RowPlaces[],
): void {
  const byFile = leavesByFile(before);
  const touched = new Set(places.flatMap(({ old }) => (old ? (byFile.get(old.file)?.root ?? []) : [])));
  for (const oid of touched) {
    const [was, is] = [before.roots.get(oid), after.roots.get(oid)];
    if (was === undefined || is === undefined || JSON.stringify(was.columns) === JSON.stringify(is.columns))
      continue;
    throw new OpsError(
      "usage",
      `transaction ${xid} changed the columns of ${was.schema}.${was.name} as well as its rows`,
      {
        expected: "a transaction that changed rows alone",
        todo: "restore the table beside the live one: `ops restore --only … --load-into …`",
      },
    );
  }
}

const textOf = ({ file, block, offset }: NonNullable<RowPlaces["old"]>): string =>
  `${file} ${block},${offset}`;

/** By place, so that neighbours are read together; rows without a place before come last. */
function order(one: RowPlaces["old"], other: RowPlaces["old"]): number {
  if (!one || !other) return one ? -1 : other ? 1 : 0;
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.block - other.block || one.offset - other.offset;
}
