// The generic kinds by name: one more is one file and one line here, and its name in policies/data/quality.ts and the schema.
import type { GenericKindName } from "../../../../policies/data/quality";
import { deadTuples, invalidIndexes, leftoverTables } from "./catalogue-only";
import { checkConstraints } from "./check-constraints";
import { duplicateRows } from "./duplicate-rows";
import { foreignKeys } from "./foreign-keys";
import { partitionBounds } from "./partition-bounds";
import type { Planner } from "./probe";
import { sequences } from "./sequences";

export const PLANNERS: Readonly<Record<GenericKindName, Planner>> = {
  "foreign-keys": foreignKeys,
  "check-constraints": checkConstraints,
  "partition-bounds": partitionBounds,
  sequences,
  "invalid-indexes": invalidIndexes,
  "duplicate-rows": duplicateRows,
  "leftover-tables": leftoverTables,
  "dead-tuples": deadTuples,
};
