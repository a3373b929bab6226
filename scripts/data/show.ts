// What some transactions did, shown: how many rows of which table, who changed them since, and a few of them with their values masked.

import type { MaskedPlatform } from "../../policies/data/masking";
import { clusterFacts } from "../backup/memory";
import { shanghai } from "../core/instant";
import type { Outcome } from "../core/outcome";
import { renderTable } from "../core/table";
import { nameParts } from "../postgres/object-name";
import {
  type ChangedRow,
  type ChangedTable,
  type Column,
  differences,
  equalImages,
  type Image,
  kindOf,
} from "./images/change";
import { compareWithPresent } from "./images/compare";
import type { PresentRow } from "./images/present";
import type { RepairTools } from "./port";
import { holdsPersonal } from "./quality/keys";
import type { Changes } from "./transactions";
import { isoOf } from "./wal/time";

/** Shows one value of a column to a person; NULL is shown as it is. */
export type Mask = (table: ChangedTable, column: Column, value: string) => string;

/** Nothing of what people wrote, and nothing of whom it is about: numbers, times and states of PostgreSQL's own kinds. */
const PLAIN = new Set([16, 20, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 1700, 2950]);

/**
 * What is declared personal is not shown, what is declared not to be is; of other columns only what cannot be a name, a number of a person
 * or a text. Whatever looks personal is not shown in any case.
 */
export function maskOf(declared: MaskedPlatform | undefined): Mask {
  return ({ database, schema, name }, column, value) => {
    const tables = declared?.databases.find((each) => each.database === database)?.tables ?? [];
    const rule = tables.find(({ table }) => nameParts(table)?.join("\0") === `${schema}\0${name}`)?.columns[
      column.name
    ];
    const plain = rule === undefined ? isPlain(column) : typeof rule === "object" && "plain" in rule;
    return plain && (column.label || !holdsPersonal(value)) ? value : "***";
  };
}

function isPlain({ oid, own, label }: Column): boolean {
  return label || (!own && PLAIN.has(oid));
}

export type Counted = "inserted" | "updated" | "deleted" | "unchanged" | "changed" | "gone";

interface TableCounts extends Record<Counted, number> {
  /** Columns that an update changed, with the number of rows. */
  columns: Map<string, number>;
}

export interface ShownRow {
  table: ChangedTable;
  row: ChangedRow;
  since: "unchanged" | "changed" | "gone";
}

/** Of which rows last writers are counted: those that others changed since, or all. */
type WritersOf = "changed" | "all";

class Summary {
  readonly tables: TableCounts[];
  /** Last writers of rows that changed since, with the number of rows. */
  readonly writers = new Map<string, number>();
  readonly shown: ShownRow[] = [];

  constructor(
    private readonly of: readonly ChangedTable[],
    private readonly most: number,
    private readonly writersOf: WritersOf,
  ) {
    this.tables = of.map(() => ({
      inserted: 0,
      updated: 0,
      deleted: 0,
      unchanged: 0,
      changed: 0,
      gone: 0,
      columns: new Map(),
    }));
  }

  add(row: ChangedRow, present: PresentRow | null): void {
    const table = this.of[row.table]!;
    const counts = this.tables[row.table]!;
    const kind = kindOf(row);
    if (kind === undefined) return;
    counts[kind]++;
    if (kind === "updated")
      for (const at of differences(row.before!, row.after!)) {
        const { name } = table.columns[at]!;
        counts.columns.set(name, (counts.columns.get(name) ?? 0) + 1);
      }
    const since = sinceOf(row.after, present);
    counts[since]++;
    if (present !== null && (since === "changed" || this.writersOf === "all")) {
      const writer = present.xmin ?? "unknown";
      this.writers.set(writer, (this.writers.get(writer) ?? 0) + 1);
    }
    if (this.shown.length < this.most) this.shown.push({ table, row, since });
  }
}

function sinceOf(after: Image | null, present: PresentRow | null): ShownRow["since"] {
  if (present === null) return after === null ? "unchanged" : "gone";
  return after !== null && equalImages(after, present.image) ? "unchanged" : "changed";
}

/**
 * Holds the rows against the source as it is now. @param rows how many are shown; the file of rows is removed
 * @returns with the last writers, who wrote most first
 */
export async function summaryOf(
  context: RepairTools,
  { tables, file }: Pick<Changes, "tables" | "file">,
  rows: number,
  writersOf: WritersOf,
): Promise<{ summary: Summary; writers: readonly (readonly [string, number])[] }> {
  let summary = new Summary(tables, rows, writersOf);
  try {
    await compareWithPresent(context, tables, file, () => {
      summary = new Summary(tables, rows, writersOf);
      return (row, present) => summary.add(row, present);
    });
  } finally {
    await context.rowFiles.remove(file);
  }
  return { summary, writers: [...summary.writers].sort(([, a], [, b]) => b - a) };
}

/** @param rows how many are shown; the file of rows is removed */
export async function showChanges(
  context: RepairTools & { color: boolean },
  changes: Changes,
  rows: number,
  mask: Mask,
): Promise<Outcome> {
  const { summary, writers } = await summaryOf(context, changes, rows, "changed");
  const tables = changes.tables.map(({ schema, name }, index) => {
    const { columns, ...counts } = summary.tables[index]!;
    return { table: `${schema}.${name}`, ...counts, columns: Object.fromEntries(columns) };
  });
  return {
    checks: [...changes.checks],
    measurements: [{ name: "rows-changed", value: changes.rows, unit: "rows" }],
    artifacts: [],
    facts: {
      ...clusterFacts(changes.cluster),
      transactions: changes.transactions.map(({ xid, lsn, at }) => ({ xid, lsn, at: isoOf(at) })),
      tables,
      fates: changes.fates.map(({ table, how }) => ({ ...table, how })),
    },
    summary: [
      ...changes.transactions.map(
        ({ xid, at, lsn }) =>
          `Transaction ${xid}, committed ${shanghai(new Date(isoOf(at)))} Asia/Shanghai at ${lsn}`,
      ),
      ...changes.fates.map(({ table, how }) => `Table ${table.schema}.${table.name} was ${how}`),
      countsTable(tables, context.color),
      ...(writers.length > 0 ? [`Changed since by ${writersText(writers)}`] : []),
      ...(summary.shown.length > 0 ? [rowsTable(summary.shown, mask, context.color), MASKED] : []),
      `To take it back: ops data undo ${changes.transactions.map(({ xid }) => xid).join(" ")}`,
    ].join("\n"),
    json: {
      transactions: changes.transactions.map(({ xid }) => xid),
      tables,
      writers: Object.fromEntries(writers),
    },
  };
}

/** Writers that are named. */
const NAMED = 5;

export function writersText(writers: readonly (readonly [string, number])[]): string {
  const named = writers.slice(0, NAMED).map(([xid, count]) => `${xid} (${count} rows)`);
  const more = writers.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more transactions` : ""}`;
}

export const MASKED = "Values that may be of a person are masked (***).";

function countsTable(
  tables: readonly ({ table: string; columns: Record<string, number> } & Record<Counted, number>)[],
  color: boolean,
): string {
  return renderTable({
    head: [
      "Table",
      "Inserted",
      "Updated",
      "Deleted",
      "As it left them",
      "Changed since",
      "Gone since",
      "Columns",
    ],
    rows: tables.map(({ table, inserted, updated, deleted, unchanged, changed, gone, columns }) => [
      table,
      ...[inserted, updated, deleted, unchanged, changed, gone].map(String),
      Object.entries(columns)
        .map(([name, count]) => `${name} (${count})`)
        .join(", "),
    ]),
    color,
    maxWidths: [0, 0, 0, 0, 0, 0, 0, 40],
  });
}

export function rowsTable(rows: readonly ShownRow[], mask: Mask, color: boolean): string {
  return renderTable({
    head: ["Table", "Key", "What", "Before → after", "Since"],
    rows: rows.map(({ table, row, since }) => [
      table.name,
      keyText(table, row, mask),
      kindOf(row) ?? "",
      changeText(table, row, mask),
      since,
    ]),
    color,
    maxWidths: [0, 24, 0, 70, 0],
  });
}

function valueText(table: ChangedTable, at: number, image: Image, mask: Mask): string {
  const value = image[at] ?? null;
  return value === null ? "NULL" : mask(table, table.columns[at]!, value);
}

function keyText(table: ChangedTable, { before, after }: ChangedRow, mask: Mask): string {
  const image = after ?? before!;
  return table.key.map((at) => valueText(table, at, image, mask)).join(", ");
}

function changeText(table: ChangedTable, { before, after }: ChangedRow, mask: Mask): string {
  const name = (at: number): string => table.columns[at]!.name;
  if (before !== null && after !== null)
    return differences(before, after)
      .map(
        (at) => `${name(at)}: ${valueText(table, at, before, mask)} → ${valueText(table, at, after, mask)}`,
      )
      .join("\n");
  const image = (after ?? before)!;
  return image.map((_, at) => `${name(at)}: ${valueText(table, at, image, mask)}`).join(", ");
}
