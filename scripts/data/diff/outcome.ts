// What differs between two moments, told to people and left in evidence: how many rows of which table, who wrote them last, and a few of
// them with their values masked.
import { clusterFacts } from "../../backup/memory";
import type { Outcome } from "../../core/outcome";
import { renderTable } from "../../core/table";
import type { RepairTools } from "../port";
import { betweenText } from "../repair/outcomes";
import { MASKED, type Mask, rowsTable, summaryOf, writersText } from "../show";
import type { Between, Changes } from "../transactions";

/** @param rows how many are shown; the file of rows is removed */
export async function showDifferences(
  context: RepairTools & { color: boolean },
  changes: Changes & { between: Between },
  rows: number,
  mask: Mask,
): Promise<Outcome> {
  const { between, fates } = changes;
  const { summary, writers } = await summaryOf(context, changes, rows, "all");
  const tables = changes.tables.map(({ database, schema, name }, index) => {
    const { columns, inserted, updated, deleted, unchanged, changed, gone } = summary.tables[index]!;
    const since = { unchanged, changed, gone };
    return {
      table: `${database}.${schema}.${name}`,
      ...{ inserted, updated, deleted, since, columns: Object.fromEntries(columns) },
    };
  });
  return {
    checks: [...changes.checks],
    measurements: [{ name: "rows-differing", value: changes.rows, unit: "rows" }],
    artifacts: [],
    facts: {
      ...clusterFacts(changes.cluster),
      between,
      tables,
      fates: fates.map(({ table, how }) => ({ ...table, how })),
    },
    summary: [
      betweenText(between),
      ...fates.map(
        ({ table, how }) => `Table ${table.schema}.${table.name} was ${how}: not compared row by row`,
      ),
      tables.length > 0 ? tableOf(tables, between, context.color) : "No row of the tables differs.",
      ...(writers[0]
        ? [
            `Last written by transactions ${writersText(writers)}; rows of one: ops data show ${writers[0][0]}`,
          ]
        : []),
      ...(summary.shown.length > 0 ? [rowsTable(summary.shown, mask, context.color), MASKED] : []),
      ...(tables.length > 0 ? ["To take rows back: ops data repair --at … --table … --where …"] : []),
    ].join("\n"),
    json: { between, tables, fates, writers: Object.fromEntries(writers) },
  };
}

type Told = {
  table: string;
  since: { unchanged: number; changed: number; gone: number };
  columns: Record<string, number>;
} & Record<"inserted" | "updated" | "deleted", number>;

/** What happened to the rows since matters only where the later moment is not now. */
function tableOf(tables: readonly Told[], { to }: Between, color: boolean): string {
  const later = to !== null;
  return renderTable({
    head: [
      ...["Table", "Inserted", "Updated", "Deleted"],
      ...(later ? ["Unchanged since", "Changed since", "Gone since"] : []),
      "Columns",
    ],
    rows: tables.map(({ table, inserted, updated, deleted, since, columns }) => [
      table,
      ...[inserted, updated, deleted].map(String),
      ...(later ? [since.unchanged, since.changed, since.gone].map(String) : []),
      Object.entries(columns)
        .map(([name, count]) => `${name} (${count})`)
        .join(", "),
    ]),
    color,
    maxWidths: [0, 0, 0, 0, ...(later ? [0, 0, 0] : []), 40],
  });
}
