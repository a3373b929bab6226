// Holds a transaction's rows against the source as it is now: which of them nobody has changed since, and who changed the others.
import { OpsError } from "../../core/errors";
import { beginReading, isLockTimeout, openReader } from "../../postgres/hold";
import { readInPeace } from "../../postgres/let-go";
import { HAZARDS } from "../../postgres/listing";
import type { Database, Session } from "../../postgres/port";
import type { RepairTools } from "../port";
import { type Root, readCatalogue } from "./catalogue";
import { type ChangedRow, type ChangedTable, type Column, keyOf, lookedFor } from "./change";
import { holdTable, isFoundByKey, type PresentRow, readPresent } from "./present";

/** Rows asked for with one statement, where the key's index finds them. */
const AT_ONCE = 1_000;

export type Reader = (row: ChangedRow, present: PresentRow | null) => void;

/**
 * @param onRow told each row with what it is now; null = it is not there. For rows of a table without a key it may be another with
 * the same content
 * @throws OpsError usage when a table is not what it was; inconclusive, unavailable
 */
export async function compareWithPresent(
  context: RepairTools,
  tables: readonly ChangedTable[],
  file: string,
  makeReader: () => Reader | Promise<Reader>,
): Promise<void> {
  if (tables.length === 0) return;
  const source = context.servers.source(context.platform);
  const say = (text: string): void => context.progress.say("info", text);
  const work = async (watched: Database): Promise<void> => {
    const onRow = await makeReader();
    for (const database of new Set(tables.map((table) => table.database)))
      await read(context, watched, { database, tables, file }, onRow);
  };
  await readInPeace(context, source, work, say);
}

interface Wanted {
  database: string;
  /** Of all databases, as the rows number them. */
  tables: readonly ChangedTable[];
  file: string;
}

async function read(
  context: RepairTools,
  source: Database,
  { database, tables, file }: Wanted,
  onRow: Reader,
): Promise<void> {
  const session = await openReader(source, database);
  try {
    await beginReading(session, undefined);
    const mine = [...tables.keys()].filter((table) => tables[table]!.database === database);
    const found = await rootsOf(
      session,
      mine.map((table) => tables[table]!),
    );
    for (const root of found) await holdTable(session, root);
    const roots = new Map(mine.map((table, index) => [table, found[index]!]));
    const waiting = new Map(mine.map((table): [number, ChangedRow[]] => [table, []]));
    const flush = async (table: number): Promise<void> => {
      const rows = waiting.get(table)!;
      waiting.set(table, []);
      await tell(session, roots.get(table)!, rows, onRow);
    };
    for await (const value of context.rowFiles.read(file)) {
      const row = value as ChangedRow;
      const rows = waiting.get(row.table);
      if (!rows) continue;
      rows.push(row);
      // A table that must be read whole is read once.
      if (rows.length >= AT_ONCE && isFoundByKey(roots.get(row.table)!)) await flush(row.table);
    }
    for (const table of mine) await flush(table);
  } catch (error) {
    throw isLockTimeout(error) ? busy(error) : error;
  } finally {
    await session.close();
  }
}

async function tell(session: Session, root: Root, rows: readonly ChangedRow[], onRow: Reader): Promise<void> {
  const wanted = rows.map((row) => lookedFor(root, row));
  const present = await readPresent(
    session,
    root,
    wanted.filter((image) => image !== undefined),
  );
  for (const [index, row] of rows.entries()) {
    const image = wanted[index];
    onRow(row, (image && present.get(keyOf(root, image))) ?? null);
  }
}

/** Of an error for which `isLockTimeout` holds. */
export function busy(cause: unknown): OpsError {
  return new OpsError("inconclusive", "a table is locked by somebody else just now", {
    expected: "tables that can be read; nobody is made to wait, nor waited for",
    todo: "run the job again when whoever alters the table has ended",
    cause,
  });
}

/** The tables as they are now, in the same order. @throws OpsError usage when one is gone or has other columns */
export async function rootsOf(session: Session, tables: readonly ChangedTable[]): Promise<Root[]> {
  const { roots } = await readCatalogue(session, HAZARDS);
  return tables.map((table) => {
    const name = `${table.schema}.${table.name}`;
    const root = [...roots.values()].find((each) => each.schema === table.schema && each.name === table.name);
    if (!root)
      throw new OpsError("usage", `the table ${name} is no longer there`, {
        expected: "the table that the transaction changed, under its name",
        todo: "restore it beside the others: `ops restore --only … --load-into …`",
      });
    if (sameColumns(root.columns, table.columns)) return { ...root, key: table.key };
    throw new OpsError("usage", `the columns of ${name} are not those that the transaction saw`, {
      expected: table.columns.map(shown).join(", "),
      todo: `its rows cannot be put back as they are; now: ${root.columns.map(shown).join(", ")}`,
    });
  });
}

export function sameColumns(one: readonly Column[], other: readonly Column[]): boolean {
  return JSON.stringify(one.map(shown)) === JSON.stringify(other.map(shown));
}

const shown = ({ name, type }: Column): string => `${name} ${type}`;
