// One transaction's rows before and after, put together from its places in WAL and a copy that stands first before and then after it.
import type { BackupSet } from "../../backup/backup-set";
import { OpsError } from "../../core/errors";
import type { Check } from "../../core/evidence";
import { HAZARDS } from "../../postgres/listing";
import type { Database, Session } from "../../postgres/port";
import type { RepairTools } from "../port";
import type { Archive } from "../wal/archive";
import type { Located } from "../wal/locate";
import { Attempt } from "./attempt";
import {
  type Catalogue,
  type DatabaseName,
  type Leaf,
  LIST_DATABASES,
  leavesByFile,
  readCatalogue,
} from "./catalogue";
import type { Image } from "./change";
import type { Collector } from "./collector";
import { copyAlong, type Stop } from "./copy-along";
import { fatesOf, isEmptied, requireSameColumns, type TableFate } from "./fates";
import { type FilePlace, Places, type RowPlaces } from "./places";
import { PLACES_AT_ONCE, readAll, readBlocks, readPlaces } from "./read";

export interface TransactionImages {
  fates: readonly TableFate[];
  checks: readonly Check[];
  /** The backup that the copy came from. */
  set: BackupSet;
}

/** Rows of a transaction that are read at most; of a table that was emptied every row is. */
export const MOST_ROWS = 500_000;

/** Rows whose before-images were written down, in that order. */
interface Part {
  rows: readonly RowPlaces[];
  spool: string;
}

/** What is known of a transaction on the way along the copy. */
interface Reading {
  context: RepairTools;
  located: Located;
  collector: Collector;
  places: Places;
  /** Rows whose before-images are yet to be read. */
  left: RowPlaces[];
  parts: Part[];
  database: string;
  /** As it was before the commit. */
  catalogue: Catalogue;
  /** Files of tables that were read whole: the transaction emptied them. */
  emptied: Set<string>;
  /** Tables that it dropped or rewrote: what it did to them is no matter of rows. */
  beyond: Set<number>;
}

/** A transaction, and whom to tell of its rows, in no order, and of why they cannot be read; by default that is thrown. */
export interface Wanted {
  located: Located;
  collector: Collector;
  onRefusal?(error: OpsError): void;
}

/**
 * @param all in the order of their commits
 * @throws OpsError usage when one changed too many rows, or none; instant, space, fail …
 */
export async function readImages(
  context: RepairTools,
  archive: Archive,
  all: readonly Wanted[],
): Promise<TransactionImages> {
  const fates: TableFate[] = [];
  const stops: Stop[] = [];
  for (const { located, collector, onRefusal } of all) {
    const { transaction } = located;
    if (isIdle(transaction)) continue;
    const attempt = new Attempt(onRefusal);
    const places = await attempt.part(() => placesOf(located));
    if (!places) continue;
    const catalogue = { leaves: [], roots: new Map() };
    const state: Reading = {
      ...{ context, located, collector, places, left: [...places.result()], parts: [], database: "" },
      ...{ catalogue, emptied: new Set<string>(), beyond: new Set<number>() },
    };
    for (const [lsn, tables] of locksOf(transaction))
      stops.push({
        at: { where: "record", lsn },
        read: (copy) => attempt.part(() => readBefore(copy, state, ({ oid }) => tables.has(oid))),
        // Indexes and TOAST tables are locked as well; which are, the first stop tells.
        isNeeded: () =>
          !attempt.refused &&
          (state.database === "" || state.catalogue.leaves.some(({ oid }) => tables.has(oid))),
      });
    const { xid, lsn } = transaction;
    stops.push(
      {
        at: { where: "before", xid, lsn },
        read: (copy) => attempt.part(() => readBefore(copy, state, () => true)),
        isNeeded: () => !attempt.refused,
      },
      {
        at: { where: "after", xid, lsn },
        read: async (copy) => void fates.push(...((await attempt.part(() => readAfter(copy, state))) ?? [])),
        isNeeded: () => !attempt.refused,
      },
    );
  }
  if (stops.length === 0) throw idle(all.map(({ located }) => located.transaction.xid));
  return { fates, ...(await copyAlong(context, archive, stops)) };
}

/**
 * Tables that the transaction locked against everybody, by the LSN of the lock. The copy holds the lock as well, until the commit: so they
 * are read just before it. Nobody else could change them since, and what the transaction did to them before cannot be seen either way.
 */
function locksOf({ locked, created }: Located["transaction"]): Map<string, Set<number>> {
  const byLsn = new Map<string, Set<number>>();
  for (const [table, lsn] of locked)
    if (!created.includes(table))
      byLsn.set(lsn, (byLsn.get(lsn) ?? new Set()).add(Number(table.split("/")[1])));
  return byLsn;
}

/** It locked rows, or did nothing at all. */
function isIdle({ files, dropped, created }: Located["transaction"]): boolean {
  return files.size + dropped.length + created.length === 0;
}

function idle(xids: readonly number[]): OpsError {
  return new OpsError("usage", `no row was changed by ${xids.join(", ")}`, {
    expected: "a transaction that `ops data blame` shows with rows",
  });
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

/** @param chosen which tables can be read at this stop; rows that were nowhere before belong to the last one */
async function readBefore(copy: Database, state: Reading, chosen: (leaf: Leaf) => boolean): Promise<void> {
  const { context, located, collector, emptied, beyond } = state;
  state.database = await databaseOf(copy, located.transaction);
  const session = await readingSession(copy, state.database);
  try {
    const catalogue = await readCatalogue(session, HAZARDS);
    state.catalogue = catalogue;
    const byFile = leavesByFile(catalogue);
    const isChosen = (file: string): boolean => {
      const leaf = byFile.get(file);
      return leaf === undefined || chosen(leaf);
    };
    for (const file of located.transaction.dropped) {
      const leaf = byFile.get(file);
      if (!leaf || !chosen(leaf) || emptied.has(file)) continue;
      if (!isEmptied(located.transaction, file)) {
        beyond.add(leaf.oid);
        continue;
      }
      emptied.add(file);
      const root = catalogue.roots.get(leaf.root)!;
      await readAll(session, leaf, root.columns, (image) => collector.add(root, image, null));
    }
    const mine = state.left.filter(({ old }) => (old ? isChosen(old.file) && byFile.has(old.file) : false));
    const last = state.left.filter(({ old }) => !old || !byFile.has(old.file));
    const taken = new Set([...mine, ...(chosen(NOWHERE) ? last : [])]);
    state.left = state.left.filter((row) => !taken.has(row));
    const rows = [...taken]
      .filter(({ old }) => !old || !emptied.has(old.file))
      .filter(({ old }) => !old || !beyond.has(byFile.get(old.file)?.oid ?? 0))
      .sort((a, b) => order(a.old, b.old));
    const spool = await context.rowFiles.create(`${context.newId()}.before`);
    context.defer(`remove ${spool.file}`, () => context.rowFiles.remove(spool.file));
    state.parts.push({ rows, spool: spool.file });
    for (let from = 0; from < rows.length; from += PLACES_AT_ONCE) {
      const part = rows.slice(from, from + PLACES_AT_ONCE);
      const images = await imagesAt(
        session,
        catalogue,
        byFile,
        part.map(({ old }) => old),
      );
      for (const { old } of part) spool.write(old ? (images.get(textOf(old)) ?? null) : null);
    }
    spool.close();
  } finally {
    await session.close();
  }
}

/** Stands for the table of rows that were in none before. */
const NOWHERE: Leaf = { oid: 0, schema: "", name: "", file: "", root: 0 };

/** A table that somebody on the copy has locked is not waited for: nobody will ever let it go. */
async function readingSession(copy: Database, database: string): Promise<Session> {
  const session = await copy.session(database);
  await session.query("set lock_timeout = '10s'");
  return session;
}

async function readAfter(copy: Database, state: Reading): Promise<TableFate[]> {
  const { context, located, catalogue, parts, emptied, collector } = state;
  const { transaction } = located;
  const session = await readingSession(copy, state.database);
  try {
    const now = await readCatalogue(session, HAZARDS);
    const fates = fatesOf(transaction, catalogue, now, emptied);
    requireSameColumns(
      transaction.xid,
      catalogue,
      now,
      parts.flatMap(({ rows }) => rows),
    );
    const byFile = leavesByFile(now);
    // A table whose file is another one since was named by its old file while the transaction worked on that.
    for (const leaf of catalogue.leaves) if (!byFile.has(leaf.file)) byFile.set(leaf.file, leaf);
    const known = new Set<string>();
    for (const { rows, spool } of parts) {
      const befores = context.rowFiles.read(spool)[Symbol.asyncIterator]();
      for (let from = 0; from < rows.length; from += PLACES_AT_ONCE) {
        const part = rows.slice(from, from + PLACES_AT_ONCE);
        const live = part.map((row) => (row.new && !emptied.has(row.new.file) ? row.new : undefined));
        const images = await imagesAt(session, now, byFile, live);
        for (const [index, row] of part.entries()) {
          const before = ((await befores.next()).value ?? null) as Image | null;
          const place = live[index];
          if (place) known.add(textOf(place));
          const leaf = byFile.get((row.old ?? row.new)!.file);
          const root = leaf && (now.roots.get(leaf.root) ?? catalogue.roots.get(leaf.root));
          // Files of the catalogue and of TOAST belong to no table of the user's.
          if (root && !state.beyond.has(leaf.oid))
            collector.add(root, before, place ? (images.get(textOf(place)) ?? null) : null);
        }
      }
      await context.rowFiles.remove(spool);
    }
    await readFilled(session, now, byFile, state, known);
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
  { located, places, collector, beyond }: Reading,
  known: ReadonlySet<string>,
): Promise<void> {
  const { xid, subxids } = located.transaction;
  const present = leavesByFile(now);
  for (const [file, blocks] of places.blocks()) {
    const leaf = byFile.get(file);
    const root = leaf && present.has(file) ? now.roots.get(leaf.root) : undefined;
    if (!leaf || !root || beyond.has(leaf.oid)) continue;
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
  throw new OpsError("usage", "the transaction is of a database that was not there before it", {
    expected: "a transaction that changed rows of a database",
  });
}

const textOf = ({ file, block, offset }: NonNullable<RowPlaces["old"]>): string =>
  `${file} ${block},${offset}`;

/** By place, so that neighbours are read together; rows without a place before come last. */
function order(one: RowPlaces["old"], other: RowPlaces["old"]): number {
  if (!one || !other) return one ? -1 : other ? 1 : 0;
  if (one.file !== other.file) return one.file < other.file ? -1 : 1;
  return one.block - other.block || one.offset - other.offset;
}
