// What one command of a statement does, to what, under which lock.
import type { OperationKind } from "./catalogue";
import type { LockMode } from "./lock-modes";

export interface Operation {
  kind: OperationKind;
  /** The table that is locked, `schema.name`; for an index that is dropped, the index. */
  relation?: string;
  /** A second table: referenced, or a partition. */
  other?: string;
  /** Column, constraint, index, value … within it. */
  object?: string;
  /** New type of a column, `numeric(10,2)`. */
  type?: string;
  /** Columns of a constraint. */
  columns?: readonly string[];
  cascade?: true;
  /** Of LOCK TABLE: the mode that is asked for. */
  mode?: LockMode;
  /** `ON ONLY`: not on the partitions. */
  only?: true;
}
