// ALTER TABLE, its columns and constraints, from PostgreSQL's own parse tree. The other statements are in operations.ts.
import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node, RangeVar } from "@pgsql/types";
import type { OperationKind } from "./catalogue";
import type { Operation } from "./operation";

export const nameOf = (relation: RangeVar | undefined): string =>
  [relation?.schemaname, relation?.relname].filter((part) => part !== undefined).join(".");

export const strings = (nodes: readonly Node[] | undefined): string[] =>
  (nodes ?? []).flatMap((node) => ("String" in node ? [node.String.sval ?? ""] : []));

/** A name in an object list: `List`, `TypeName`, `ObjectWithArgs` or plain string. */
export function dotted(node: Node): string {
  if ("List" in node) return strings(node.List.items).join(".");
  if ("TypeName" in node) return strings(node.TypeName.names).join(".");
  if ("ObjectWithArgs" in node) return strings(node.ObjectWithArgs.objname).join(".");
  return strings([node]).join(".");
}

function typeName(column: ColumnDef | undefined): string {
  const names = strings(column?.typeName?.names).filter((name) => name !== "pg_catalog");
  const modifiers = (column?.typeName?.typmods ?? []).map((node) =>
    "A_Const" in node ? String(node.A_Const.ival?.ival ?? 0) : "?",
  );
  return names.join(".") + (modifiers.length > 0 ? `(${modifiers.join(",")})` : "");
}

// ---- columns --------------------------------------------------------------------------------------------------------

/** Functions whose value is the same for the whole statement, so that ADD COLUMN computes it once (PostgreSQL 11). */
const STABLE = new Set([
  "now",
  "transaction_timestamp",
  "statement_timestamp",
  "current_setting",
  "lower",
  "upper",
]);

function isVolatile(expression: unknown): boolean {
  if (Array.isArray(expression)) return expression.some(isVolatile);
  if (typeof expression !== "object" || expression === null) return false;
  if ("FuncCall" in expression) {
    const call = expression.FuncCall as { funcname?: Node[]; args?: Node[] };
    if (!STABLE.has(strings(call.funcname).at(-1) ?? "")) return true;
  }
  return Object.values(expression).some(isVolatile);
}

const constraintsOf = (column: ColumnDef): Constraint[] =>
  (column.constraints ?? []).flatMap((node) => ("Constraint" in node ? [node.Constraint] : []));

function addColumn(relation: string, column: ColumnDef): Operation[] {
  const constraints = constraintsOf(column);
  const has = (type: Constraint["contype"]): Constraint | undefined =>
    constraints.find(({ contype }) => contype === type);
  const fallback = has("CONSTR_DEFAULT")?.raw_expr;
  const base = { relation, object: column.colname ?? "", type: typeName(column) };
  const serial = /^(small|big)?serial\d?$/.test(base.type);
  const references = has("CONSTR_FOREIGN");
  const main: Operation =
    serial || has("CONSTR_IDENTITY")
      ? { ...base, kind: "add-column-identity" }
      : has("CONSTR_GENERATED")
        ? { ...base, kind: "add-column-generated" }
        : fallback && isVolatile(fallback)
          ? { ...base, kind: "add-column-volatile-default" }
          : (has("CONSTR_NOTNULL") || has("CONSTR_PRIMARY")) && !fallback
            ? { ...base, kind: "add-column-required" }
            : references && !fallback
              ? { ...base, kind: "add-column-references", other: nameOf(references.pktable) }
              : { ...base, kind: "add-column" };
  const more: Operation[] = [];
  const name = { relation, object: base.object, columns: [base.object] };
  if (has("CONSTR_PRIMARY")) more.push({ ...name, kind: "add-primary-key" });
  if (has("CONSTR_UNIQUE")) more.push({ ...name, kind: "add-unique" });
  if (has("CONSTR_CHECK")) more.push({ ...name, kind: "add-check" });
  if (references && fallback)
    more.push({ ...name, kind: "add-foreign-key", other: nameOf(references.pktable) });
  return [main, ...more];
}

// ---- constraints ----------------------------------------------------------------------------------------------------

function addConstraint(relation: string, constraint: Constraint): Operation {
  const notValid = constraint.skip_validation === true;
  const object = constraint.conname ?? "";
  const columns = strings(constraint.keys ?? constraint.fk_attrs);
  const base = { relation, object, columns };
  if (constraint.indexname !== undefined)
    return { ...base, kind: "add-constraint-using-index", object: constraint.indexname };
  switch (constraint.contype) {
    case "CONSTR_PRIMARY":
      return { ...base, kind: "add-primary-key" };
    case "CONSTR_UNIQUE":
      return { ...base, kind: "add-unique" };
    case "CONSTR_EXCLUSION":
      return { ...base, kind: "add-exclusion" };
    case "CONSTR_FOREIGN":
      return {
        ...base,
        kind: notValid ? "add-foreign-key-not-valid" : "add-foreign-key",
        other: nameOf(constraint.pktable),
      };
    case "CONSTR_CHECK":
      return {
        ...base,
        kind: notValid ? "add-check-not-valid" : "add-check",
        columns: notNullColumns(constraint.raw_expr),
      };
    default:
      return { ...base, kind: "alter-table" };
  }
}

/** The column of `CHECK (c IS NOT NULL)`, which makes a later SET NOT NULL free. */
function notNullColumns(expression: Node | undefined): string[] {
  if (!expression || !("NullTest" in expression) || expression.NullTest.nulltesttype !== "IS_NOT_NULL")
    return [];
  const { arg } = expression.NullTest;
  return arg && "ColumnRef" in arg ? strings(arg.ColumnRef.fields).slice(-1) : [];
}

/** Foreign keys of a table that is being made: nothing to check in it, but the other table is locked. */
export function references(relation: string, elements: readonly Node[] | undefined): Operation[] {
  const constraints = (elements ?? []).flatMap((node) => {
    if ("Constraint" in node) return [node.Constraint];
    return "ColumnDef" in node ? constraintsOf(node.ColumnDef) : [];
  });
  return constraints
    .filter(({ contype }) => contype === "CONSTR_FOREIGN")
    .map(({ pktable }) => ({ kind: "add-foreign-key-not-valid", relation, other: nameOf(pktable) }));
}

// ---- ALTER TABLE ----------------------------------------------------------------------------------------------------

const SUBTYPES: Readonly<Record<string, OperationKind>> = {
  AT_DropColumn: "drop-column",
  AT_SetNotNull: "set-not-null",
  AT_DropNotNull: "drop-not-null",
  AT_SetStatistics: "set-statistics",
  AT_SetRelOptions: "set-options",
  AT_ResetRelOptions: "set-options",
  AT_SetOptions: "set-options",
  AT_SetStorage: "set-storage",
  AT_ValidateConstraint: "validate-constraint",
  AT_DropConstraint: "drop-constraint",
  AT_EnableTrig: "enable-trigger",
  AT_EnableTrigAll: "enable-trigger",
  AT_EnableTrigUser: "enable-trigger",
  AT_DisableTrig: "disable-trigger",
  AT_DisableTrigAll: "disable-trigger",
  AT_DisableTrigUser: "disable-trigger",
  AT_EnableRowSecurity: "row-security",
  AT_DisableRowSecurity: "row-security",
  AT_ForceRowSecurity: "row-security",
  AT_ReplicaIdentity: "replica-identity",
  AT_SetTableSpace: "set-tablespace",
  AT_SetLogged: "set-logged",
  AT_SetUnLogged: "set-logged",
  AT_ChangeOwner: "alter-table",
};

function alterCommand(relation: string, command: AlterTableCmd): Operation[] {
  const { subtype, name, def } = command;
  const named = name === undefined ? {} : { object: name };
  const cascade = command.behavior === "DROP_CASCADE" ? { cascade: true as const } : {};
  if (subtype === "AT_AddColumn" && def && "ColumnDef" in def) return addColumn(relation, def.ColumnDef);
  if (subtype === "AT_AddConstraint" && def && "Constraint" in def)
    return [addConstraint(relation, def.Constraint)];
  if (subtype === "AT_AlterColumnType" && def && "ColumnDef" in def)
    return [{ kind: "alter-column-type", relation, ...named, type: typeName(def.ColumnDef) }];
  if (subtype === "AT_ColumnDefault")
    return [{ kind: def ? "set-default" : "drop-default", relation, ...named }];
  if (
    (subtype === "AT_AttachPartition" || subtype === "AT_DetachPartition") &&
    def &&
    "PartitionCmd" in def
  ) {
    const other = nameOf(def.PartitionCmd.name);
    const detach = def.PartitionCmd.concurrent ? "detach-partition-concurrently" : "detach-partition";
    return [{ kind: subtype === "AT_AttachPartition" ? "attach-partition" : detach, relation, other }];
  }
  return [{ kind: SUBTYPES[subtype ?? ""] ?? "alter-table", relation, ...named, ...cascade }];
}

export function alterTable({ relation, cmds, objtype }: AlterTableStmt): Operation[] {
  if (objtype === "OBJECT_SEQUENCE") return [{ kind: "sequence", relation: nameOf(relation) }];
  if (objtype === "OBJECT_INDEX") return [{ kind: "alter-index", relation: nameOf(relation) }];
  return (cmds ?? []).flatMap((node) =>
    "AlterTableCmd" in node ? alterCommand(nameOf(relation), node.AlterTableCmd) : [],
  );
}
