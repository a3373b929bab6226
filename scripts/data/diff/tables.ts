// The tables of one database at two moments, on two servers: which of them can be compared, and their rows that are not the same.
import { OpsError } from "../../core/errors";
import type { PhaseProgress } from "../../core/progress";
import { beginReading, isLockTimeout, openReader } from "../../postgres/hold";
import { HAZARDS, LIST_TABLES, type ListedTable } from "../../postgres/listing";
import { type ObjectName, showObject } from "../../postgres/object-name";
import type { Database, Session } from "../../postgres/port";
import { type HashedColumn, hashedColumn } from "../../postgres/row-hash";
import { type Catalogue, type Leaf, type Root, readCatalogue } from "../images/catalogue";
import { type Image, written } from "../images/change";
import { busy, sameColumns } from "../images/compare";
import type { TableFate } from "../images/fates";
import type { FilePlace } from "../images/places";
import { holdTable } from "../images/present";
import { PLACES_AT_ONCE, readAll, readPlaces } from "../images/read";
import type { RowFileTools } from "../port";
import { differingPlaces, type Placed } from "./blocks";
import { type OnPair, Pairing } from "./pairing";
import { differingRows } from "./whole";

/** One server's side of a database. */
interface Side {
  /** Sees one moment. */
  session: Session;
  /** Sees what is there now: the planner does, too. */
  fresh: Session;
  catalogue: Catalogue;
  listed: ReadonlyMap<string, ListedTable>;
}

/** What is told of the tables. */
export interface Listener {
  /** A table as it is at the later moment. */
  table(root: Root): OnPair;
  fate(fate: TableFate): void;
}

export interface Compared {
  database: string;
  /** Only these tables, or a partition's whole; default every table. */
  wanted: readonly ObjectName[] | undefined;
  /** Of files that are made and removed. */
  name: string;
}

/**
 * @param before the earlier moment; @param after the later one, e.g. the source: nobody waits for what is held there
 * @throws OpsError unknownTarget when no side has a table that is wanted; inconclusive when one is altered just now
 */
export async function compareTables(
  context: RowFileTools & { defer(what: string, cleanUp: () => Promise<void>): void },
  [before, after]: readonly [Database, Database],
  { database, wanted, name }: Compared,
  listener: Listener,
  progress: PhaseProgress,
): Promise<void> {
  const found: { pairing: Pairing; root: Root }[] = [];
  const sides: Side[] = [];
  try {
    sides.push(await openSide(before, database));
    sides.push(await openSide(after, database));
    const [one, other] = sides as [Side, Side];
    const pairs = pairsOf(one, other, wanted);
    const blocks = pairs.reduce((sum, { is }) => sum + (is ? blocksOf(other, is) : 0), 0);
    let done = 0;
    for (const { was, is } of pairs) {
      const fate = fateOf(was, is);
      if (fate) listener.fate({ table: nameOf((is ?? was)!), how: fate });
      if (fate || !was || !is) continue;
      await holdBoth([one, other], [was, is]);
      const pairing = await Pairing.open(context, `${name}.${is.oid}`, is);
      context.defer(`remove rows of ${is.name}`, () => pairing.remove());
      await readDifferences([one, other], [was, is], pairing, (more) =>
        progress.update(done + more, blocks, "blocks"),
      );
      done += blocksOf(other, is);
      pairing.close();
      if (pairing.isEmpty()) await pairing.remove();
      else found.push({ pairing, root: is });
    }
  } catch (error) {
    throw isLockTimeout(error) ? busy(error) : error;
  } finally {
    for (const { session, fresh } of sides) for (const one of [fresh, session]) await one.close();
  }
  for (const { pairing, root } of found) {
    await pairing.pair(listener.table(root));
    await pairing.remove();
  }
}

/**
 * Holds a table on both sides as it was listed. One that was emptied or written anew between the snapshot and the lock would look empty.
 * @throws OpsError inconclusive
 */
async function holdBoth(sides: readonly [Side, Side], roots: readonly [Root, Root]): Promise<void> {
  for (const side of [0, 1] as const) {
    const [{ session, catalogue }, root] = [sides[side], roots[side]];
    await holdTable(session, root);
    const leaves = leavesOf(catalogue, root);
    // The function looks at the catalogue as it is now, not as the snapshot saw it.
    const files = await session.query<{ oid: number; node: string }>(
      "select oid::int8::float8 as oid, pg_relation_filenode(oid)::text as node from unnest($1::oid[]) as oid",
      [leaves.map(({ oid }) => oid)],
    );
    const now = new Map(files.map(({ oid, node }) => [oid, node]));
    if (leaves.every(({ oid, file }) => file.endsWith(`/${now.get(oid)}`))) continue;
    throw new OpsError(
      "inconclusive",
      `${root.schema}.${root.name} was written anew while it was looked at`,
      {
        expected: "a table that keeps its file",
        todo: "run the job again",
      },
    );
  }
}

/** Of a table with its partitions, as it was listed. */
function blocksOf(side: Side, root: Root): number {
  return leavesOf(side.catalogue, root).reduce((sum, leaf) => sum + placedOf(side, leaf).blocks, 0);
}

/** A table that holds rows itself, as it was listed after the session's moment: later rows alone may lie behind its end. */
function placedOf({ session, listed }: Side, leaf: Leaf): Placed {
  return { session, leaf, blocks: Number(listed.get(keyOfLeaf(leaf))?.blocks ?? 0) };
}

async function openSide(server: Database, database: string): Promise<Side> {
  const session = await openReader(server, database);
  let fresh: Session | undefined;
  try {
    fresh = await openReader(server, database);
    await beginReading(session, undefined);
    // Sizes are asked for under a lock; what somebody holds is not waited for.
    await session.query("set local lock_timeout = '100ms'");
    const catalogue = await readCatalogue(session, HAZARDS);
    const listed = await session.query<ListedTable>(LIST_TABLES);
    return { session, fresh, catalogue, listed: new Map(listed.map((table) => [keyOfLeaf(table), table])) };
  } catch (error) {
    await fresh?.close();
    await session.close();
    throw error;
  }
}

const keyOfLeaf = ({ schema, name }: Pick<Leaf, "schema" | "name">): string => JSON.stringify([schema, name]);

const nameOf = ({ database, schema, name }: Root): TableFate["table"] => ({ database, schema, name });

function leavesOf({ leaves }: Catalogue, { oid }: Root): readonly Leaf[] {
  return leaves.filter(({ root }) => root === oid);
}

interface Pair {
  was: Root | undefined;
  is: Root | undefined;
}

/** By name. @throws OpsError unknownTarget */
function pairsOf(one: Side, other: Side, wanted: Compared["wanted"]): Pair[] {
  const named = ({ catalogue }: Side): Map<string, Root> =>
    new Map([...catalogue.roots.values()].map((root) => [keyOfLeaf(root), root]));
  const [were, are] = [named(one), named(other)];
  const chosen =
    wanted === undefined
      ? [...new Set([...were.keys(), ...are.keys()])]
      : wanted.map((object) => keyOfRoot(object, [one, other]));
  return [...new Set(chosen)].sort().map((key) => ({ was: were.get(key), is: are.get(key) }));
}

/** Of a partition its whole. @throws OpsError usage, unknownTarget */
function keyOfRoot(object: ObjectName, sides: readonly Side[]): string {
  const { table } = object;
  if (table === undefined)
    throw new OpsError("usage", `--table ${showObject(object)} names a database`, {
      expected: "<database>.<schema>.<table>",
    });
  for (const { catalogue } of sides) {
    const is = (each: Pick<Leaf, "schema" | "name">): boolean => keyOfLeaf(each) === keyOfLeaf(table);
    const leaf = catalogue.leaves.find(is);
    const root = [...catalogue.roots.values()].find(is) ?? (leaf && catalogue.roots.get(leaf.root));
    if (root) return keyOfLeaf(root);
  }
  throw new OpsError("unknownTarget", `there is no table ${showObject(object)}, neither then nor now`, {
    expected: "a table of the user's that recovery keeps: unlogged tables and views are not compared",
    todo: "correct the name",
  });
}

/** Why the rows of a table cannot be compared. */
function fateOf(was: Root | undefined, is: Root | undefined): "made" | "dropped" | "altered" | undefined {
  if (!was || !is) return was ? "dropped" : "made";
  return sameColumns(was.columns, is.columns) ? undefined : "altered";
}

async function readDifferences(
  [one, other]: readonly [Side, Side],
  [was, is]: readonly [Root, Root],
  pairing: Pairing,
  onBlocks: (done: number) => void,
): Promise<void> {
  const add = (side: 0 | 1, image: Image): void =>
    pairing.add(side === 0 ? "before" : "after", written(image, is.columns));
  const ours = leavesOf(one.catalogue, was);
  const theirs = leavesOf(other.catalogue, is);
  const hazardous = (await isHazardous(one, was, ours)) || (await isHazardous(other, is, theirs));
  const hashes = hazardous ? undefined : hashesOf([one, other], ours, theirs);
  if (hashes === undefined)
    return differingRows(
      [
        { session: one.session, root: was },
        { session: other.session, root: is },
      ],
      add,
    );
  let done = 0;
  for (const leaf of theirs) {
    const same = ours.find((each) => keyOfLeaf(each) === keyOfLeaf(leaf));
    if (!same) {
      await readAll(other.session, leaf, is.columns, (image) => add(1, image));
      continue;
    }
    const placed = [placedOf(one, same), placedOf(other, leaf)] as const;
    const read = async (side: 0 | 1, places: readonly FilePlace[]): Promise<void> => {
      const at = placed[side];
      for (let from = 0; from < places.length; from += PLACES_AT_ONCE) {
        const some = places.slice(from, from + PLACES_AT_ONCE);
        for (const { image } of await readPlaces(at.session, at.leaf, is.columns, some)) add(side, image);
      }
    };
    await differingPlaces(
      placed,
      hashes.get(keyOfLeaf(leaf))!,
      async ([before, after]) => void (await Promise.all([read(0, before), read(1, after)])),
      (blocks) => onBlocks(done + blocks),
    );
    done += placed[1].blocks;
  }
  for (const leaf of ours)
    if (!theirs.some((each) => keyOfLeaf(each) === keyOfLeaf(leaf)))
      await readAll(one.session, leaf, is.columns, (image) => add(0, image));
}

/** Whether planning a query of the table runs code of its owner; asked just before, because he may add some at any time. */
async function isHazardous(
  { fresh }: Side,
  { oid, hazardous }: Root,
  leaves: readonly Leaf[],
): Promise<boolean> {
  const [row] = await fresh.query<{ now: boolean }>(
    `select exists (select from (${HAZARDS}) h where h.oid = any ($1::oid[])) as now`,
    [[oid, ...leaves.map((leaf) => leaf.oid)]],
  );
  return hazardous || row?.now !== false;
}

/**
 * How the rows of each table are hashed by the servers; undefined where they would hash otherwise, or where a table was written anew, and
 * nothing lies where it lay.
 */
function hashesOf(
  [one, other]: readonly [Side, Side],
  ours: readonly Leaf[],
  theirs: readonly Leaf[],
): Map<string, HashedColumn[]> | undefined {
  const hashes = new Map<string, HashedColumn[]>();
  for (const leaf of theirs) {
    const same = ours.find((each) => keyOfLeaf(each) === keyOfLeaf(leaf));
    const [mine, its] = [one, other].map(({ listed }) => columnsOf(listed.get(keyOfLeaf(leaf))));
    if (same && (same.file !== leaf.file || JSON.stringify(mine) !== JSON.stringify(its))) return undefined;
    if (its === undefined) return undefined;
    hashes.set(keyOfLeaf(leaf), its);
  }
  return hashes;
}

function columnsOf(table: ListedTable | undefined): HashedColumn[] | undefined {
  if (!table || table.hazardous) return undefined;
  return table.columns.filter(({ name }) => !table.generated.includes(name)).map(hashedColumn);
}
