// From PostgreSQL's own parse tree to the operations of the catalogue.
import type { DropStmt, Node, RenameStmt } from "@pgsql/types";
import { alterTable, dotted, nameOf, references, strings } from "./alter-table";
import { kindOf, type OperationKind } from "./catalogue";
import { LOCK_MODES } from "./lock-modes";
import type { Operation } from "./operation";

type Of<K extends string> = Extract<Node, Record<K, unknown>>;
type Reader = (node: never) => Operation[];

/** Statement by statement; a kind that is not here is `unknown`. */
export function operationsOf(node: Node): Operation[] {
  const [name] = Object.keys(node);
  const reader = name === undefined ? undefined : READERS[name];
  const own = reader ? reader(node[name as keyof Node]) : [{ kind: "unknown" as const }];
  return [...own, ...dataChangesWithin(node, own)];
}

/** What an older release may rely on, one sentence each. What the migration itself made does not count. */
export function breaksOf(operations: readonly Operation[]): string[] {
  const made = new Set(operations.filter(({ kind }) => MAKES.has(kind)).map(({ relation }) => relation));
  return operations.flatMap(({ kind, relation, object }) => {
    const sentence = kindOf(kind).breaks;
    if (sentence === undefined || made.has(relation)) return [];
    const name = [relation, object].filter((part) => part !== undefined).join(".");
    return [sentence.replace("{}", name || "an object")];
  });
}

/** Kinds whose relation did not exist before: nobody can be waiting for it. */
export const MAKES: ReadonlySet<OperationKind> = new Set([
  "create-table",
  "create-table-as",
  "create-view",
  "create-materialized-view",
]);

const DROPS: Readonly<Record<string, OperationKind>> = {
  OBJECT_TABLE: "drop-table",
  OBJECT_FOREIGN_TABLE: "drop-table",
  OBJECT_INDEX: "drop-index",
  OBJECT_VIEW: "drop-view",
  OBJECT_MATVIEW: "drop-materialized-view",
  OBJECT_TYPE: "drop-type",
  OBJECT_DOMAIN: "drop-type",
  OBJECT_FUNCTION: "drop-function",
  OBJECT_PROCEDURE: "drop-function",
  OBJECT_ROUTINE: "drop-function",
  OBJECT_AGGREGATE: "drop-function",
  OBJECT_SCHEMA: "drop-schema",
};

function drop({ objects, removeType, behavior, concurrent }: DropStmt): Operation[] {
  const cascade = behavior === "DROP_CASCADE" ? { cascade: true as const } : {};
  return (objects ?? []).map((node) => {
    const name = dotted(node);
    if (removeType === "OBJECT_TRIGGER" || removeType === "OBJECT_RULE") {
      const parts = name.split(".");
      return {
        kind: "drop-trigger",
        relation: parts.slice(0, -1).join("."),
        object: parts.at(-1) ?? "",
        ...cascade,
      };
    }
    if (removeType === "OBJECT_INDEX" && concurrent)
      return { kind: "drop-index-concurrently", relation: name };
    return { kind: DROPS[removeType ?? ""] ?? "drop-object", relation: name, ...cascade };
  });
}

const RENAMES: Readonly<Record<string, OperationKind>> = {
  OBJECT_TABLE: "rename-table",
  OBJECT_COLUMN: "rename-column",
  OBJECT_INDEX: "rename-index",
  OBJECT_VIEW: "rename-view",
  OBJECT_MATVIEW: "rename-view",
  OBJECT_TABCONSTRAINT: "rename-constraint",
  OBJECT_SEQUENCE: "sequence",
  OBJECT_TYPE: "drop-type",
  OBJECT_FUNCTION: "drop-function",
};

function rename({ renameType, relation, subname, object }: RenameStmt): Operation[] {
  return [
    {
      kind: RENAMES[renameType ?? ""] ?? "drop-object",
      relation: relation ? nameOf(relation) : object ? dotted(object) : "",
      ...(subname === undefined ? {} : { object: subname }),
    },
  ];
}

const isConcurrent = (options: readonly Node[] | undefined): boolean => hasOption(options, "concurrently");
const hasOption = (options: readonly Node[] | undefined, name: string): boolean =>
  (options ?? []).some((node) => "DefElem" in node && node.DefElem.defname === name);

const relationsIn = (nodes: readonly Node[] | undefined): string[] =>
  (nodes ?? []).flatMap((node) => {
    if ("RangeVar" in node) return [nameOf(node.RangeVar)];
    if ("VacuumRelation" in node) return [nameOf(node.VacuumRelation.relation)];
    return [];
  });

/** One row a statement of the grammar. */
const TABLE: { [K in string]?: Reader } = {
  CreateStmt: (s: Of<"CreateStmt">["CreateStmt"]) => {
    const [parent] = relationsIn(s.inhRelations);
    const relation = nameOf(s.relation);
    const made: Operation[] = [{ kind: "create-table", relation }, ...references(relation, s.tableElts)];
    return s.partbound && parent !== undefined
      ? [...made, { kind: "create-partition", relation: parent, other: relation }]
      : made;
  },
  CreateTableAsStmt: (s: Of<"CreateTableAsStmt">["CreateTableAsStmt"]) => [
    {
      kind: s.objtype === "OBJECT_MATVIEW" ? "create-materialized-view" : "create-table-as",
      relation: nameOf(s.into?.rel),
    },
  ],
  AlterTableStmt: alterTable,
  RenameStmt: rename,
  DropStmt: drop,
  AlterObjectSchemaStmt: (s: Of<"AlterObjectSchemaStmt">["AlterObjectSchemaStmt"]) => [
    { kind: "set-schema", relation: s.relation ? nameOf(s.relation) : s.object ? dotted(s.object) : "" },
  ],
  IndexStmt: (s: Of<"IndexStmt">["IndexStmt"]) => [
    {
      kind: s.concurrent ? "create-index-concurrently" : "create-index",
      relation: nameOf(s.relation),
      object: s.idxname ?? "",
      ...(s.relation?.inh ? {} : { only: true as const }),
      columns: (s.indexParams ?? []).flatMap((node) =>
        "IndexElem" in node ? [node.IndexElem.name ?? "(expression)"] : [],
      ),
    },
  ],
  ReindexStmt: (s: Of<"ReindexStmt">["ReindexStmt"]) => [
    {
      kind: isConcurrent(s.params) ? "reindex-concurrently" : "reindex",
      relation: s.relation ? nameOf(s.relation) : (s.name ?? ""),
    },
  ],
  VacuumStmt: (s: Of<"VacuumStmt">["VacuumStmt"]) => {
    const kind = !s.is_vacuumcmd ? "analyze" : hasOption(s.options, "full") ? "vacuum-full" : "vacuum";
    const relations = relationsIn(s.rels);
    return relations.length > 0 ? relations.map((relation) => ({ kind, relation })) : [{ kind }];
  },
  ClusterStmt: (s: Of<"ClusterStmt">["ClusterStmt"]) => [{ kind: "cluster", relation: nameOf(s.relation) }],
  TruncateStmt: (s: Of<"TruncateStmt">["TruncateStmt"]) =>
    relationsIn(s.relations).map((relation) => ({
      kind: "truncate",
      relation,
      ...(s.behavior === "DROP_CASCADE" ? { cascade: true as const } : {}),
    })),
  LockStmt: (s: Of<"LockStmt">["LockStmt"]) =>
    relationsIn(s.relations).map((relation) => {
      const mode = LOCK_MODES[(s.mode ?? LOCK_MODES.length) - 1];
      return { kind: "lock-table", relation, ...(mode ? { mode } : {}) };
    }),
  RefreshMatViewStmt: (s: Of<"RefreshMatViewStmt">["RefreshMatViewStmt"]) => [
    {
      kind: s.concurrent ? "refresh-materialized-view-concurrently" : "refresh-materialized-view",
      relation: nameOf(s.relation),
    },
  ],
  CreateTrigStmt: (s: Of<"CreateTrigStmt">["CreateTrigStmt"]) => [
    { kind: "create-trigger", relation: nameOf(s.relation), object: s.trigname ?? "" },
  ],
  RuleStmt: (s: Of<"RuleStmt">["RuleStmt"]) => [{ kind: "create-rule", relation: nameOf(s.relation) }],
  AlterEnumStmt: (s: Of<"AlterEnumStmt">["AlterEnumStmt"]) => [
    {
      kind: s.oldVal === undefined ? "add-enum-value" : "rename-enum-value",
      relation: strings(s.typeName).join("."),
      ...(s.oldVal === undefined ? { object: s.newVal ?? "" } : {}),
    },
  ],
  AlterDomainStmt: (s: Of<"AlterDomainStmt">["AlterDomainStmt"]) => {
    const scans =
      (s.subtype === "C" && s.def && "Constraint" in s.def && !s.def.Constraint.skip_validation) ||
      s.subtype === "O";
    return [{ kind: scans ? "domain-constraint" : "alter-domain", relation: strings(s.typeName).join(".") }];
  },
  ViewStmt: (s: Of<"ViewStmt">["ViewStmt"]) => [{ kind: "create-view", relation: nameOf(s.view) }],
  CommentStmt: (s: Of<"CommentStmt">["CommentStmt"]) => {
    const name = s.object ? dotted(s.object) : "";
    if (s.objtype === "OBJECT_COLUMN")
      return [{ kind: "comment", relation: name.split(".").slice(0, -1).join(".") }];
    return [s.objtype === "OBJECT_TABLE" ? { kind: "comment", relation: name } : { kind: "comment" }];
  },
  GrantStmt: (s: Of<"GrantStmt">["GrantStmt"]) => [
    { kind: s.is_grant ? "grant" : "revoke", object: relationsIn(s.objects).join(", ") || "an object" },
  ],
  UpdateStmt: (s: Of<"UpdateStmt">["UpdateStmt"]) => [
    { kind: s.whereClause ? "change-rows" : "change-all-rows", relation: nameOf(s.relation) },
  ],
  DeleteStmt: (s: Of<"DeleteStmt">["DeleteStmt"]) => [
    { kind: s.whereClause ? "change-rows" : "change-all-rows", relation: nameOf(s.relation) },
  ],
  MergeStmt: (s: Of<"MergeStmt">["MergeStmt"]) => [{ kind: "change-rows", relation: nameOf(s.relation) }],
  InsertStmt: (s: Of<"InsertStmt">["InsertStmt"]) => {
    const select = s.selectStmt && "SelectStmt" in s.selectStmt ? s.selectStmt.SelectStmt : undefined;
    return [
      {
        kind: select && (select.fromClause ?? []).length > 0 ? "insert-select" : "insert",
        relation: nameOf(s.relation),
      },
    ];
  },
  CopyStmt: (s: Of<"CopyStmt">["CopyStmt"]) => [{ kind: "system", object: s.filename ?? nameOf(s.relation) }],
  VariableSetStmt: (s: Of<"VariableSetStmt">["VariableSetStmt"]) => [
    { kind: s.name === "role" ? "set-role" : "set", object: s.name ?? "" },
  ],
  TransactionStmt: () => [{ kind: "transaction-control" }],
  DoStmt: () => [{ kind: "anonymous-code" }],
  SelectStmt: () => [{ kind: "select" }],
};

/** Statements of which only their kind matters. */
const PLAIN: Readonly<Record<string, OperationKind>> = {
  CreateSchemaStmt: "create-schema",
  CreateEnumStmt: "create-type",
  CompositeTypeStmt: "create-type",
  CreateRangeStmt: "create-type",
  CreateDomainStmt: "create-type",
  CreateFunctionStmt: "create-function",
  AlterFunctionStmt: "create-function",
  CreateSeqStmt: "sequence",
  AlterSeqStmt: "sequence",
  CreateExtensionStmt: "extension",
  CreatePublicationStmt: "publication",
  AlterPublicationStmt: "publication",
  CreateStatsStmt: "comment",
  AlterOwnerStmt: "alter-domain",
  AlterDefaultPrivilegesStmt: "grant",
  CreatePolicyStmt: "create-function",
  CreateRoleStmt: "system",
  AlterRoleStmt: "system",
  DropRoleStmt: "system",
  AlterRoleSetStmt: "system",
  GrantRoleStmt: "system",
  CreatedbStmt: "system",
  DropdbStmt: "system",
  AlterDatabaseStmt: "system",
  AlterDatabaseSetStmt: "system",
  AlterSystemStmt: "system",
  CreateTableSpaceStmt: "system",
  CreateSubscriptionStmt: "system",
};

const READERS: Readonly<Record<string, Reader | undefined>> = {
  ...Object.fromEntries(Object.entries(PLAIN).map(([name, kind]) => [name, () => [{ kind }]])),
  ...TABLE,
};

/** `WITH gone AS (DELETE …) SELECT …` changes rows too. */
function dataChangesWithin(node: Node, own: readonly Operation[]): Operation[] {
  if (own.some(({ kind }) => kind.startsWith("change-")) || own[0]?.kind === "create-function") return [];
  const found: Operation[] = [];
  const visit = (value: unknown, depth: number): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, depth + 1);
    else if (typeof value === "object" && value !== null) {
      for (const [name, child] of Object.entries(value)) {
        const reader = depth > 0 && /^(Update|Delete|Merge)Stmt$/.test(name) ? READERS[name] : undefined;
        if (reader) found.push(...reader(child as never));
        visit(child, depth + 1);
      }
    }
  };
  visit(node, 0);
  return found;
}
