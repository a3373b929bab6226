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
import { OrderedRows, ranksOf } from "./images/table-order";
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
  const writers = parts.map(({ writer }) => writer).reverse();
  const { file, rows } = await joined(context, name, writers, tables.list);
  return {
    transactions: all.map(({ transaction }) => transaction).reverse(),
    tables: tables.list,
    fates,
    file,
    rows,
    checks,
    cluster: archive.cluster,
    backup: set.label,
  };
}

/** One file of several, which are removed; of each transaction in the order in which its rows can be put back. */
async function joined(
  { rowFiles, servers, platform, defer }: RepairTools,
  name: string,
  parts: readonly RowWriter[],
  tables: readonly ChangedTable[],
): Promise<{ file: string; rows: number }> {
  const ranks = await ranksOf(servers.source(platform), tables);
  const whole = await rowFiles.create(name);
  let rows = 0;
  try {
    for (const [index, part] of parts.entries()) {
      part.close();
      const ordered = new OrderedRows({ rowFiles }, `${name}.ordered-${index}`, tables, ranks);
      defer(`remove rows in order`, () => ordered.remove());
      const replaced = await replacedIn(rowFiles.read(part.file) as AsyncIterable<ChangedRow>, tables);
      for await (const value of rowFiles.read(part.file)) {
        const row = replaced.net(value as ChangedRow);
        if (row !== undefined) await ordered.add(row);
      }
      rows += ordered.rows;
      await ordered.into(whole);
      await rowFiles.remove(part.file);
    }
  } finally {
    whole.close();
  }
  return { file: whole.file, rows };
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
