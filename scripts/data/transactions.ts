// What some transactions did, row by row, in a file beside the tables that it names: the last transaction first.
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { factsIn } from "../evidence/facts";
import { lsnValue } from "../postgres/recovery-target";
import { BLAME_FACTS } from "./blame-outcome";
import type { ChangedRow, ChangedTable } from "./images/change";
import { Collector, Tables } from "./images/collector";
import type { TableFate } from "./images/fates";
import { replacedIn } from "./images/replaced";
import { joinInOrder } from "./images/table-order";
import { readImages } from "./images/transaction";
import type { RepairTools, RowWriter } from "./port";
import { openArchive } from "./wal/archive";
import { type Located, locate } from "./wal/locate";
import type { Committed } from "./wal/transactions";

/** Two moments, ISO UTC; the later one null = when it was looked. */
export interface Between {
  from: string;
  to: string | null;
}

export interface Changes {
  /** None where whatever happened between two moments is meant. */
  transactions: readonly Committed[];
  between?: Between;
  tables: readonly ChangedTable[];
  fates: readonly TableFate[];
  /** Of rows, each a `ChangedRow`. Whoever asked for it removes it. */
  file: string;
  rows: number;
  checks: readonly Check[];
  /** Database system identifier, by the repository's word. */
  cluster: string | undefined;
  /** Label of the backup that the copy came from. */
  backup: string;
}

/** @throws OpsError unknownTarget, instant, usage, space, fail */
export async function readChanges(
  context: RepairTools,
  xids: readonly number[],
  name: string,
): Promise<Changes> {
  const archive = await openArchive(context);
  const near = await knownPlaces(context);
  const all: Located[] = [];
  for (const xid of new Set(xids)) all.push(await locate(context, archive, xid, near.get(xid)));
  all.sort((a, b) => (lsnValue(a.transaction.lsn) < lsnValue(b.transaction.lsn) ? -1 : 1));
  const tables = new Tables();
  const parts: { writer: RowWriter; collector: Collector; located: Located }[] = [];
  for (const [index, located] of all.entries()) {
    const writer = await context.rowFiles.create(`${name}.${index}`);
    context.defer(`remove ${writer.file}`, () => context.rowFiles.remove(writer.file));
    parts.push({ located, writer, collector: new Collector(tables, (row) => writer.write(row)) });
  }
  const { checks, fates, set } = await readImages(context, archive, parts);
  requireOneDatabase(tables.list);
  const source = context.servers.source(context.platform);
  const rows = parts.map(({ writer }) => netRows(context, writer, tables.list)).reverse();
  const joined = await joinInOrder(context, source, tables.list, name, rows);
  return {
    transactions: all.map(({ transaction }) => transaction).reverse(),
    tables: tables.list,
    fates,
    ...joined,
    checks,
    cluster: archive.cluster,
    backup: set.label,
  };
}

/** Of a transaction, in a file that is removed when it was read: what came of its rows. */
async function* netRows(
  { rowFiles }: RepairTools,
  part: RowWriter,
  tables: readonly ChangedTable[],
): AsyncIterable<ChangedRow> {
  part.close();
  const replaced = await replacedIn(rowFiles.read(part.file) as AsyncIterable<ChangedRow>, tables);
  for await (const value of rowFiles.read(part.file)) {
    const row = replaced.net(value as ChangedRow);
    if (row !== undefined) yield row;
  }
  await rowFiles.remove(part.file);
}

/** LSN of the commits that a blame has shown, by transaction; where a number came round, the last. */
async function knownPlaces({ ledger, platform }: RepairTools): Promise<Map<number, string>> {
  const places = new Map<number, string>();
  for (const entry of await ledger.entries())
    if (entry.predicate.kind === "data-blame" && entry.predicate.platform === platform.name)
      for (const { xid, lsn } of factsIn(entry, BLAME_FACTS)?.suspects ?? []) places.set(xid, lsn);
  return places;
}

/** @throws OpsError usage */
export function requireOneDatabase(tables: readonly ChangedTable[]): void {
  const databases = new Set(tables.map(({ database }) => database));
  if (databases.size <= 1) return;
  throw new OpsError("usage", `the rows are of several databases: ${[...databases].join(", ")}`, {
    expected: "transactions, or tables, of one database",
    todo: "take those of each database by themselves",
  });
}
