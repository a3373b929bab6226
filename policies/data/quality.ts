// What must hold of operated data, as declared: rules of our own SQL, and generic ones that follow from PostgreSQL's catalogue. Types only.
import type { ValueKind } from "./values";

export type RuleSeverity = "error" | "warning";

export const GENERIC_KINDS = [
  "foreign-keys",
  "check-constraints",
  "partition-bounds",
  "sequences",
  "invalid-indexes",
  "duplicate-rows",
  "leftover-tables",
  "dead-tuples",
] as const;
export type GenericKindName = (typeof GENERIC_KINDS)[number];

export interface RuleKey {
  column: string;
  /** Shown as a keyed digest only. */
  personal: boolean;
}

interface Common {
  id: string;
  title: { zh: string; en: string };
  clause: "DATA-CLEAN" | "DATA-INTEGRITY";
  modules: readonly string[];
  severity: RuleSeverity;
  /** A person or a role of the roster. */
  owner: string;
  cadence: "daily" | "weekly" | "monthly";
  repair?: string;
  sample: number;
  most: number;
  seconds: number;
  parameters: Readonly<Record<string, { kind: ValueKind; default: string; description: string }>>;
}

/** SQL of ours, which a pull request has reviewed. */
export interface SqlRule extends Common {
  database: string;
  keys: readonly RuleKey[];
  sql: string;
  statement?: { name: string; columns: Readonly<Record<string, ValueKind>> };
}

/** What holds of any PostgreSQL: which statements are run follows from the catalogue. */
export interface GenericRule extends Common {
  /** Default every database. */
  database?: string;
  generic: GenericKindName;
  ignore: readonly string[];
}

export type DataRule = SqlRule | GenericRule;

/** Of a platform file. */
export interface DataPolicy {
  /** Folders of policies/data. */
  rules: readonly string[];
  /** Over the defaults of the rules, by name. */
  parameters: Readonly<Record<string, string>>;
  /** Days within which a finding is to be gone. */
  deadlines: Readonly<Record<RuleSeverity, number>>;
  /** A standby of the cluster that may be read instead (`--on replica`). */
  replica?: { host: string; port: number };
}
