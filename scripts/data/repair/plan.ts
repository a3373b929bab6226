// The plan of a repair: what will be written, said so that a second person can review it. It holds no value of any row.
import { createHash } from "node:crypto";
import * as v from "valibot";
import { OpsError } from "../../core/errors";
import { type Facts, INSTANT, SHA256 } from "../../evidence/facts";
import { qualified, quote } from "../../postgres/fingerprint";
import type { ChangedRow, ChangedTable } from "../images/change";
import type { Decision, Policy } from "./decide";

const COUNT = v.pipe(v.number(), v.integer(), v.minValue(0));

const COLUMN = v.object({
  name: v.string(),
  type: v.string(),
  oid: COUNT,
  base: v.nullable(v.string()),
  own: v.boolean(),
  label: v.boolean(),
  generated: v.boolean(),
  identity: v.boolean(),
});

const PLANNED_TABLE = v.object({
  database: v.string(),
  schema: v.string(),
  name: v.string(),
  columns: v.array(COLUMN),
  key: v.array(COUNT),
  /** Rows by what will be done to them. */
  insert: COUNT,
  update: COUNT,
  delete: COUNT,
  /** Rows that are as they should be. */
  nothing: COUNT,
  /** Of those that are updated: somebody changed other columns since, which stay. */
  merged: COUNT,
  /** Somebody changed the same columns since; deleted the row; made it again. */
  changed: COUNT,
  gone: COUNT,
  returned: COUNT,
  /** With `$n` for each value. */
  statements: v.array(v.string()),
  /** Triggers that stay silent, or fire. */
  triggers: v.array(v.string()),
});
export type PlannedTable = Facts<typeof PLANNED_TABLE>;

export const PLAN = v.object({
  id: v.string(),
  made: INSTANT,
  environment: v.string(),
  platform: v.string(),
  /** Database system identifier, decimal. */
  cluster: v.nullable(v.string()),
  /** What is taken back, in the order in which it is: the last first. */
  transactions: v.array(v.object({ xid: COUNT, lsn: v.string(), at: INSTANT })),
  /** Instead of transactions: what happened between these moments, `to` null = until the plan was made. */
  between: v.optional(v.object({ from: INSTANT, to: v.nullable(INSTANT) })),
  policy: v.picklist(["stop", "keep-newer", "take-older"]),
  /** `off`: rows become exactly what they were. `fire`: as if an application wrote them. */
  triggers: v.picklist(["off", "fire"]),
  tables: v.array(PLANNED_TABLE),
  /** The rows themselves, beside the plan, readable for ops alone. */
  rows: v.object({ count: COUNT, sha256: SHA256 }),
  /** Conditions of the platform that must hold before the last of it is committed. */
  invariants: v.array(v.string()),
});
export type Plan = Facts<typeof PLAN>;

/** As it is written, reviewed and approved: the digest of exactly this text is what an approval names. */
export function planText(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

export function digestOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** @throws OpsError config when it is no plan */
export function parsePlan(text: string, file: string): Plan {
  const wrong = (found: string): OpsError =>
    new OpsError("config", `${file} is no plan of a repair: ${found}`, {
      expected: "the file that `ops data undo` wrote, unchanged",
      todo: "make the plan again",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong("it is not JSON");
  }
  const read = v.safeParse(PLAN, value, { abortEarly: true });
  if (read.success) return read.output;
  throw wrong(`${v.getDotPath(read.issues[0]) ?? "it"}: ${read.issues[0].message}`);
}

/** More different statements of one table than this are named by their number only. */
const STATEMENTS = 12;

type Counted = "insert" | "update" | "delete" | "nothing" | "merged" | "changed" | "gone" | "returned";

/** Counts decisions, table by table. */
export class Tally {
  private readonly tables: (Record<Counted, number> &
    Pick<PlannedTable, "database" | "schema" | "name"> & {
      statements: Set<string>;
    })[];

  constructor(private readonly of: readonly ChangedTable[]) {
    this.tables = of.map(({ database, schema, name }) => ({
      database,
      schema,
      name,
      ...{ insert: 0, update: 0, delete: 0, nothing: 0, merged: 0, changed: 0, gone: 0, returned: 0 },
      statements: new Set(),
    }));
  }

  add({ table }: Pick<ChangedRow, "table">, { deed, conflict, merged }: Decision): void {
    const counts = this.tables[table]!;
    counts[deed.do]++;
    if (merged) counts.merged++;
    if (conflict) counts[conflict]++;
    if (deed.do !== "nothing") counts.statements.add(statementOf(this.of[table]!, deed));
  }

  result(): Omit<PlannedTable, "triggers">[] {
    return this.tables.map(({ statements, ...counts }, index) => {
      const all = [...statements];
      const more = all.length - STATEMENTS;
      return {
        ...counts,
        columns: this.of[index]!.columns.map((column) => ({ ...column })),
        key: [...this.of[index]!.key],
        statements: more > 0 ? [...all.slice(0, STATEMENTS), `and ${more} more that set other columns`] : all,
      };
    });
  }
}

/** What is run for one row, with `$n` for each value. The row was found by its key and is locked: its place is exact. */
export function statementOf(table: ChangedTable, deed: Exclude<Decision["deed"], { do: "nothing" }>): string {
  const name = qualified(table);
  const where = "where r.tableoid = $1 and r.ctid = $2";
  switch (deed.do) {
    case "delete":
      return `delete from ${name} r ${where}`;
    case "update":
      return `update ${name} r set ${deed.columns.map((at, index) => `${quote(table.columns[at]!.name)} = $${index + 3}`).join(", ")} ${where}`;
    case "insert": {
      const columns = table.columns.filter(({ generated }) => !generated);
      const values = columns.map((_, index) => `$${index + 1}`).join(", ");
      return `insert into ${name} as r (${columns.map(({ name: each }) => quote(each)).join(", ")}) overriding system value values (${values})`;
    }
  }
}

/** Nothing is written unless these add up. */
export function totalOf(
  plan: Pick<Plan, "tables">,
): Record<"writes" | "conflicts" | "nothing" | "merged", number> {
  const sum = (of: (table: PlannedTable) => number): number =>
    plan.tables.reduce((all, table) => all + of(table), 0);
  return {
    writes: sum((table) => table.insert + table.update + table.delete),
    conflicts: sum((table) => table.changed + table.gone + table.returned),
    nothing: sum((table) => table.nothing),
    merged: sum((table) => table.merged),
  };
}

/** A plan that stops at conflicts, and has some, is not to be applied. */
export function isApplicable(plan: { policy: Policy; tables: readonly PlannedTable[] }): boolean {
  return plan.policy !== "stop" || totalOf(plan).conflicts === 0;
}
