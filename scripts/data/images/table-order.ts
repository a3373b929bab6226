// The order in which rows are put back, so that each short transaction leaves foreign keys whole: what is to go first, rows that refer
// before those that they refer to; what comes again last, the other way round.
import type { Core } from "../../core/tools";
import type { Database } from "../../postgres/port";
import type { RowFileTools, RowWriter } from "../port";
import type { ChangedRow, ChangedTable } from "./change";
import { inHandingOrder, takesOver } from "./handing-on";

/** Foreign keys between tables, of partitions by the whole. */
const EDGES = `
  with names as (
    select c.oid, n.nspname::text as schema, r.relname::text as name
      from pg_class c join pg_class r on r.oid = coalesce(pg_partition_root(c.oid), c.oid) join pg_namespace n on n.oid = r.relnamespace)
  select distinct k.schema as "childSchema", k.name as "childName", p.schema as "parentSchema", p.name as "parentName"
    from pg_constraint c join names k on k.oid = c.conrelid join names p on p.oid = c.confrelid where c.contype = 'f'`;

interface Edge extends Record<string, unknown> {
  childSchema: string;
  childName: string;
  parentSchema: string;
  parentName: string;
}

/** Positions of tables, those that are referred to first. Of tables that refer to each other in a ring the order is theirs. Pure. */
export function parentsFirst(count: number, edges: readonly { child: number; parent: number }[]): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (at: number): void => {
    if (seen.has(at)) return;
    seen.add(at);
    for (const { child, parent } of edges) if (child === at) visit(parent);
    order.push(at);
  };
  for (let at = 0; at < count; at++) visit(at);
  return order;
}

/** The tables' ranks, by position: lower is referred to. Asks each database once. */
async function ranksOf(source: Database, tables: readonly ChangedTable[]): Promise<number[]> {
  const edges: { child: number; parent: number }[] = [];
  for (const database of new Set(tables.map((table) => table.database))) {
    const at = (schema: string, name: string): number =>
      tables.findIndex((t) => t.database === database && t.schema === schema && t.name === name);
    for (const edge of await source.query<Edge>(database, EDGES)) {
      const [child, parent] = [at(edge.childSchema, edge.childName), at(edge.parentSchema, edge.parentName)];
      if (child >= 0 && parent >= 0) edges.push({ child, parent });
    }
  }
  const ranks: number[] = [];
  for (const [rank, at] of parentsFirst(tables.length, edges).entries()) ranks[at] = rank;
  return ranks;
}

/** Of more rows of a table that take over values of others the order is that in which they come. */
const HANDED_ON = 100_000;

/** Sorts rows by what is to be done with them: a file for each sort of row and table, joined in the end. */
export class OrderedRows {
  private readonly parts = new Map<number, { file: RowWriter; table: number; handing: ChangedRow[] }>();
  rows = 0;

  /** @param name of the files that it makes and removes; @param ranks of the tables */
  constructor(
    private readonly context: RowFileTools,
    private readonly name: string,
    private readonly tables: readonly Pick<ChangedTable, "uniques">[],
    private readonly ranks: readonly number[],
  ) {}

  async add(row: ChangedRow): Promise<void> {
    const rank = rankOf(row, this.ranks);
    let part = this.parts.get(rank);
    if (!part) {
      const file = await this.context.rowFiles.create(`${this.name}.${rank}`);
      part = { file, table: row.table, handing: [] };
      this.parts.set(rank, part);
    }
    if (part.handing.length < HANDED_ON && takesOver(row, this.uniquesOf(row.table))) part.handing.push(row);
    else part.file.write(row);
    this.rows++;
  }

  /** Writes them in their order, and removes the files. */
  async into(whole: RowWriter): Promise<void> {
    for (const [, { file, table, handing }] of [...this.parts].sort(([a], [b]) => a - b)) {
      file.close();
      for await (const row of this.context.rowFiles.read(file.file)) whole.write(row);
      await this.context.rowFiles.remove(file.file);
      for (const row of inHandingOrder(handing, this.uniquesOf(table))) whole.write(row);
    }
    this.parts.clear();
  }

  private uniquesOf(table: number): NonNullable<ChangedTable["uniques"]> {
    return this.tables[table]?.uniques ?? [];
  }

  /** Whatever is left of it. */
  async remove(): Promise<void> {
    for (const { file } of this.parts.values()) await this.context.rowFiles.remove(file.file);
  }
}

/**
 * One file of several parts, each in the order in which its rows can be put back.
 * @param parts of rows, each read once
 * @returns its path, and the number of its rows
 */
export async function joinInOrder(
  context: RowFileTools & Pick<Core, "defer">,
  source: Database,
  tables: readonly ChangedTable[],
  name: string,
  parts: readonly AsyncIterable<ChangedRow>[],
): Promise<{ file: string; rows: number }> {
  const ranks = await ranksOf(source, tables);
  const whole = await context.rowFiles.create(name);
  let rows = 0;
  try {
    for (const [index, part] of parts.entries()) {
      const ordered = new OrderedRows(context, `${name}.ordered-${index}`, tables, ranks);
      context.defer("remove rows in order", () => ordered.remove());
      for await (const row of part) await ordered.add(row);
      rows += ordered.rows;
      await ordered.into(whole);
    }
  } finally {
    whole.close();
  }
  return { file: whole.file, rows };
}

/** What was inserted goes, children first; then what was updated; what was deleted comes again, parents first. */
function rankOf({ table, before, after }: ChangedRow, ranks: readonly number[]): number {
  const [rank, count] = [ranks[table] ?? 0, ranks.length];
  if (before === null) return count - 1 - rank;
  return after === null ? 2 * count + rank : count + rank;
}
