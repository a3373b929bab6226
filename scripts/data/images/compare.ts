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

/**
 * @param onRow told each row with what it is now; null = it is not there. For rows of a table without a key it may be another with
 * the same content
 * @throws OpsError usage when a table is not what it was; inconclusive, unavailable
 */
export async function compareWithPresent(
  context: RepairTools,
  tables: readonly ChangedTable[],
  file: string,
  makeReader: () => (row: ChangedRow, present: PresentRow | null) => void,
): Promise<void> {
  const [first] = tables;
  if (!first) return;
  const source = context.servers.source(context.platform);
  const say = (text: string): void => context.progress.say("info", text);
  await readInPeace(
    context,
    source,
    (database) => read(context, database, first.database, tables, file, makeReader()),
    say,
  );
}

async function read(
  context: RepairTools,
  source: Database,
  database: string,
  tables: readonly ChangedTable[],
  file: string,
  onRow: (row: ChangedRow, present: PresentRow | null) => void,
): Promise<void> {
  const session = await openReader(source, database);
  try {
    await beginReading(session, undefined);
    const roots = await rootsOf(session, tables);
    for (const root of roots) await holdTable(session, root);
    const waiting = roots.map((): ChangedRow[] => []);
    const flush = async (table: number): Promise<void> => {
      const rows = waiting[table]!;
      waiting[table] = [];
      await tell(session, roots[table]!, rows, onRow);
    };
    for await (const value of context.rowFiles.read(file)) {
      const row = value as ChangedRow;
      const rows = waiting[row.table]!;
      rows.push(row);
      // A table that must be read whole is read once.
      if (rows.length >= AT_ONCE && isFoundByKey(roots[row.table]!)) await flush(row.table);
    }
    for (const table of roots.keys()) await flush(table);
  } catch (error) {
    throw isLockTimeout(error) ? busy(error) : error;
  } finally {
    await session.close();
  }
}

async function tell(
  session: Session,
  root: Root,
  rows: readonly ChangedRow[],
  onRow: (row: ChangedRow, present: PresentRow | null) => void,
): Promise<void> {
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

function busy(cause: unknown): OpsError {
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
