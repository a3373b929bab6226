// Which suspects touched rows that meet conditions. WAL names only places: what lay there is read from a copy, one for all of them.
import { OpsError } from "../core/errors";
import type { Check } from "../core/evidence";
import { inconclusive, pass } from "../core/finding";
import { openReader } from "../postgres/hold";
import { readInPeace } from "../postgres/let-go";
import { HAZARDS } from "../postgres/listing";
import { lsnValue } from "../postgres/recovery-target";
import type { Suspect } from "./blame";
import { Attempt } from "./images/attempt";
import { type Root, readCatalogue } from "./images/catalogue";
import type { ChangedRow, ChangedTable, Image } from "./images/change";
import { Collector, Tables } from "./images/collector";
import { type Condition, matcher } from "./images/conditions";
import { replacedIn } from "./images/replaced";
import { MOST_ROWS, readImages, type Wanted } from "./images/transaction";
import type { RepairTools, RowWriter } from "./port";
import type { Archive } from "./wal/archive";
import { locate } from "./wal/locate";

export interface Asked {
  conditions: readonly Condition[];
  database: string;
  /** Object ids of the table and of what belongs to it. */
  family: ReadonlySet<number>;
  /** Suspects that are looked into. */
  top: number;
}

export interface Matching {
  /** Those that touched such rows, with their number; ranked by it. */
  suspects: readonly (Suspect & { matched: number })[];
  lookedInto: number;
  /** Transactions that were not looked into, by why. */
  left: ReadonlyMap<string, number>;
  checks: readonly Check[];
}

/** Before a copy is made for nothing. @throws OpsError usage when the table is a partition, or has no such column now */
export async function requireColumns(
  context: RepairTools,
  { conditions, database, family }: Pick<Asked, "conditions" | "database" | "family">,
): Promise<void> {
  const source = context.servers.source(context.platform);
  const { done: roots } = await readInPeace(context, source, async (watched) => {
    const session = await openReader(watched, database);
    try {
      return (await readCatalogue(session, HAZARDS)).roots;
    } finally {
      await session.close();
    }
  });
  const mine = [...roots.values()].filter(({ oid }) => family.has(oid));
  if (mine.length === 0)
    throw new OpsError("usage", "--where of a partition", {
      expected: "the partitioned table itself: a row may have come from another partition, or gone there",
    });
  for (const root of mine) matcher(conditions, root);
}

/** @throws OpsError instant when no backup is early enough for all of them; space, fail … */
export async function keepMatching(
  context: RepairTools,
  archive: Archive,
  { suspects: all, others }: { suspects: readonly Suspect[]; others: { transactions: number } },
  asked: Asked,
): Promise<Matching> {
  const left = new Map<string, number>();
  const leave = (why: string, count = 1): void => {
    if (count > 0) left.set(why, (left.get(why) ?? 0) + count);
  };
  const chosen = all.slice(0, asked.top).filter((suspect) => {
    const why = unreadable(suspect);
    if (why !== undefined) leave(why);
    return why === undefined;
  });
  leave(`beyond --top ${asked.top}`, all.length + others.transactions - Math.min(all.length, asked.top));
  const { counts, checks } =
    chosen.length === 0
      ? { counts: new Map<Suspect, number>(), checks: [] }
      : await read(context, archive, chosen, asked, leave);
  const suspects = [...counts]
    .map(([suspect, matched]) => ({ ...suspect, matched }))
    .filter(({ matched }) => matched > 0)
    .sort((a, b) => b.matched - a.matched);
  return { suspects, lookedInto: counts.size, left, checks: [...checks, lookedIntoCheck(counts.size, left)] };
}

/** Why a copy would not tell its rows. */
function unreadable({ tables, rows }: Suspect): string | undefined {
  const changes = tables.reduce(
    (sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted,
    0,
  );
  if (changes > MOST_ROWS) return `more than ${MOST_ROWS} rows`;
  // Rows that a rewrite wrote anew are in no record of a change.
  return rows === 0 && !tables.some(({ how }) => how === "emptied") ? "wrote the table anew" : undefined;
}

function lookedIntoCheck(count: number, left: Matching["left"]): Check {
  const said = `${count} transactions looked into`;
  const rest = [...left].map(([why, number]) => `${number} not (${why})`).join(", ");
  return { name: "all-looked-into", ...(rest === "" ? pass(said) : inconclusive(`${said}, ${rest}`)) };
}

/** Takes rows of some tables only: nothing of others is written down. */
class OnlyOf extends Collector {
  constructor(
    tables: Tables,
    private readonly family: ReadonlySet<number>,
    onRow: (row: ChangedRow) => void,
  ) {
    super(tables, onRow);
  }

  override add(root: Root, before: Image | null, after: Image | null): void {
    if (this.family.has(root.oid)) super.add(root, before, after);
  }
}

interface Part extends Wanted {
  suspect: Suspect;
  writer: RowWriter;
  /** Of its own: the same table may have had other columns for another transaction. */
  tables: Tables;
}

async function read(
  context: RepairTools,
  archive: Archive,
  chosen: readonly Suspect[],
  { conditions, family }: Asked,
  leave: (why: string) => void,
): Promise<{ counts: Map<Suspect, number>; checks: readonly Check[] }> {
  const id = context.newId();
  const refused = new Set<Suspect>();
  const parts: Part[] = [];
  for (const suspect of [...chosen].sort(byCommit)) {
    const writer = await context.rowFiles.create(`${id}.${parts.length}.matched`);
    context.defer(`remove ${writer.file}`, () => context.rowFiles.remove(writer.file));
    const located = await locate(context, archive, suspect.xid, suspect.lsn);
    const tables = new Tables();
    const collector = new OnlyOf(tables, family, (row) => writer.write(row));
    const onRefusal = ({ message }: OpsError): void => {
      refused.add(suspect);
      leave(message);
    };
    parts.push({ suspect, writer, tables, located, collector, onRefusal });
  }
  const { checks } = await readImages(context, archive, parts).catch((error: unknown) => {
    if (refused.size < chosen.length) throw error;
    return { checks: [] };
  });
  const counts = new Map<Suspect, number>();
  for (const { suspect, writer, tables, onRefusal } of parts) {
    writer.close();
    const counting = new Attempt(onRefusal);
    if (!refused.has(suspect))
      await counting.part(async () =>
        counts.set(suspect, await count(context, writer.file, tables.list, conditions)),
      );
    await context.rowFiles.remove(writer.file);
  }
  return { counts, checks };
}

function byCommit(one: Suspect, other: Suspect): number {
  return lsnValue(one.lsn) < lsnValue(other.lsn) ? -1 : 1;
}

/** Rows that met the conditions before or after. */
async function count(
  { rowFiles }: RepairTools,
  file: string,
  tables: readonly ChangedTable[],
  conditions: readonly Condition[],
): Promise<number> {
  const meets = tables.map((table) => matcher(conditions, table));
  const replaced = await replacedIn(rowFiles.read(file) as AsyncIterable<ChangedRow>, tables);
  let found = 0;
  for await (const value of rowFiles.read(file)) {
    const row = replaced.net(value as ChangedRow);
    if (row && [row.before, row.after].some((image) => image !== null && meets[row.table]!(image))) found++;
  }
  return found;
}
