// What is declared held against what is there: which columns of which tables are rewritten, and what is wrong with the declaration.
import type { ColumnRule, MaskedDatabase } from "../../policies/data/masking";
import { qualified } from "../postgres/fingerprint";
import { isNamed, type ListedColumn, type ListedTable } from "./catalogue";
import { type MaskedRule, masks } from "./rule";

export interface MaskedColumn {
  column: ListedColumn;
  rule: MaskedRule;
}

export interface TableToMask {
  table: ListedTable;
  masked: MaskedColumn[];
}

export interface Resolved {
  tables: TableToMask[];
  /** Declared, and not there or not maskable so. */
  problems: string[];
}

/** The rule of one column; of several declared tables that hold it (a parent and its part) the first. */
export function ruleOf(
  declared: MaskedDatabase | undefined,
  table: Pick<ListedTable, "schema" | "name" | "parents">,
  column: string,
): ColumnRule | undefined {
  const found = (declared?.tables ?? []).filter((each) => isNamed(table, each.table));
  return found
    .map(({ columns }) => (Object.hasOwn(columns, column) ? columns[column] : undefined))
    .find(Boolean);
}

/** Pure. */
export function resolve(declared: MaskedDatabase | undefined, listed: readonly ListedTable[]): Resolved {
  const problems = (declared?.tables ?? []).flatMap(({ table: name, columns }) => {
    const there = listed.filter((table) => isNamed(table, name));
    if (there.length === 0) return [`${name} is declared and does not exist`];
    return Object.keys(columns).flatMap((column) =>
      there.some((table) => table.columns.some((each) => each.name === column))
        ? []
        : [`${name}.${column} is declared and does not exist`],
    );
  });
  const tables = listed
    .filter(({ kind, unlogged }) => kind === "r" && !unlogged)
    .map((table) => ({
      table,
      masked: table.columns.flatMap((column) => {
        const rule = ruleOf(declared, table, column.name);
        return rule !== undefined && masks(rule) ? [{ column, rule }] : [];
      }),
    }))
    .filter(({ masked }) => masked.length > 0);
  for (const { table, masked } of tables)
    for (const { column, rule } of masked) {
      const why = unfit(column, rule);
      if (why) problems.push(`${qualified(table)}.${column.name} ${why}`);
    }
  return { tables, problems: [...new Set(problems)] };
}

function unfit(
  { base, category, generated, type, texts }: ListedColumn,
  rule: MaskedRule,
): string | undefined {
  // It follows what it is computed from.
  if (generated) return "is computed: declare what it is computed from";
  if (typeof rule === "object" && "json" in rule)
    return base === "json" || base === "jsonb" ? undefined : `is ${type}, declared as json`;
  if (typeof rule === "object") return texts ? undefined : `is ${type}, declared by elements`;
  return category === "S" || category === "N" ? undefined : `is ${type}, which cannot be masked as ${rule}`;
}
