// What some transactions did, row by row, in a file beside the tables that it names: the last transaction first.
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { factsIn } from "../evidence/facts";
import { lsnValue } from "../postgres/recovery-target";
import { BLAME_FACTS } from "./blame-outcome";
import type { ChangedTable } from "./images/change";
import { Collector, readImages, type TableFate } from "./images/transaction";
import type { DataTools } from "./port";
import { openArchive } from "./wal/archive";
import { locate } from "./wal/locate";
import type { Committed } from "./wal/transactions";

export interface Changes {
  transactions: readonly Committed[];
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
  context: DataTools,
  xids: readonly number[],
  name: string,
): Promise<Changes> {
  const archive = await openArchive(context);
  const near = await knownPlaces(context);
  const all = [];
  for (const xid of new Set(xids)) all.push(await locate(context, archive, xid, near.get(xid)));
  all.sort((a, b) => (lsnValue(b.transaction.lsn) > lsnValue(a.transaction.lsn) ? 1 : -1));
  const writer = await context.rowFiles.create(name);
  const collector = new Collector((row) => writer.write(row));
  const checks: Check[] = [];
  const fates: TableFate[] = [];
  let backup = "";
  try {
    for (const located of all) {
      const images = await readImages(context, archive, located, collector);
      checks.push(...images.checks);
      fates.push(...images.fates);
      backup = images.set.label;
    }
    writer.close();
  } catch (error) {
    writer.close();
    await context.rowFiles.remove(writer.file);
    throw error;
  }
  requireOneDatabase(collector.tables);
  return {
    transactions: all.map(({ transaction }) => transaction),
    tables: collector.tables,
    fates,
    file: writer.file,
    rows: collector.rows,
    checks,
    cluster: archive.set.systemIdentifier,
    backup,
  };
}

/** LSN of the commits that a blame has shown, by transaction; where a number came round, the last. */
async function knownPlaces({ ledger, platform }: DataTools): Promise<Map<number, string>> {
  const places = new Map<number, string>();
  for (const entry of await ledger.entries())
    if (entry.predicate.kind === "data-blame" && entry.predicate.platform === platform.name)
      for (const { xid, lsn } of factsIn(entry, BLAME_FACTS)?.suspects ?? []) places.set(xid, lsn);
  return places;
}

function requireOneDatabase(tables: readonly ChangedTable[]): void {
  const databases = new Set(tables.map(({ database }) => database));
  if (databases.size <= 1) return;
  throw new OpsError("usage", `the transactions are of several databases: ${[...databases].join(", ")}`, {
    expected: "transactions of one database",
    todo: "take those of each database by themselves",
  });
}
