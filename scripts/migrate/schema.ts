// What is known of the schema at one statement: what the live database says, and what the statements before it have made or
// proven.
import { kindOf } from "./catalogue";
import { type LiveFacts, type LiveTable, widens } from "./live";
import type { LockMode } from "./lock-modes";
import type { Operation } from "./operation";
import { MAKES } from "./operations";

export interface LockClaim {
  relation: string;
  mode: LockMode;
}

export class Schema {
  private readonly made = new Set<string>();
  /** Constraint → its table and the columns that it keeps from being null. */
  private readonly checks = new Map<string, { relation: string; columns: readonly string[] }>();
  private readonly notNull = new Set<string>();
  private readonly checked = new Set<string>();
  private readonly indexed = new Set<string>();

  constructor(private readonly live: LiveFacts | undefined) {}

  table(name: string | undefined): LiveTable | undefined {
    const table = this.tableOf(name);
    return table === undefined ? undefined : this.live?.tables[table];
  }

  /** The table of an index; any other name as it is. */
  tableOf(name: string | undefined): string | undefined {
    return name === undefined ? undefined : (this.live?.indexes[name] ?? name);
  }

  /** Made by a statement before this one: nobody waits for it. */
  isNew(name: string | undefined): boolean {
    return name !== undefined && this.made.has(name);
  }

  isIndexed(relation: string, column: string): boolean {
    return (
      this.indexed.has(`${relation}.${column}`) || (this.table(relation)?.indexed.includes(column) ?? false)
    );
  }

  /** The operation as PostgreSQL will really do it, given what is proven: a NOT NULL that a CHECK proves scans nothing. */
  refine(operation: Operation): Operation {
    const { kind, relation = "", object = "", other = "", type = "" } = operation;
    const table = this.table(relation);
    if (kind === "set-not-null") {
      const proven =
        this.notNull.has(`${relation}.${object}`) ||
        table?.notNullChecks.includes(object) ||
        table?.columns[object]?.notNull;
      if (proven) return { ...operation, kind: "drop-not-null" };
    }
    if (kind === "alter-column-type" && widens(table?.columns[object]?.type ?? "", readable(type)))
      return { ...operation, kind: "widen-column-type" };
    if (
      kind === "attach-partition" &&
      (this.isNew(other) || this.checked.has(other) || this.table(other)?.checked)
    )
      return { ...operation, kind: "alter-index", relation };
    if (kind === "create-index" && operation.only) return { ...operation, kind: "alter-index" };
    return operation;
  }

  /** The tables that it locks, apart from new ones. */
  claims({ kind, relation, other, mode: asked }: Operation): LockClaim[] {
    const { lock, other: second } = kindOf(kind);
    const pairs = [[relation, asked ?? lock] as const, [other, second] as const];
    return pairs.flatMap(([name, mode]) => {
      const table = this.tableOf(name);
      return table && mode !== undefined && !this.isNew(table) ? [{ relation: table, mode }] : [];
    });
  }

  /** What a statement makes is new from its beginning. */
  announce(operations: readonly Operation[]): void {
    for (const { kind, relation } of operations)
      if (MAKES.has(kind) && relation !== undefined) this.made.add(relation);
  }

  /** What a statement has proven once it is done. */
  learn(operations: readonly Operation[]): void {
    for (const operation of operations) {
      const { kind, relation = "", object = "", columns = [] } = operation;
      if (kind === "add-check-not-valid") this.checks.set(object, { relation, columns });
      if (kind === "validate-constraint") this.prove(object);
      if (kind === "add-check") {
        this.checks.set(object, { relation, columns });
        this.prove(object);
      }
      if (kind.startsWith("create-index") && columns[0] !== undefined)
        this.indexed.add(`${relation}.${columns[0]}`);
    }
  }

  private prove(constraint: string): void {
    const check = this.checks.get(constraint);
    if (!check) return;
    this.checked.add(check.relation);
    for (const column of check.columns) this.notNull.add(`${check.relation}.${column}`);
  }
}

/** The grammar says `varchar(20)`, the catalogue `character varying(20)`. */
function readable(type: string): string {
  return type.replace(/^varchar/, "character varying");
}
