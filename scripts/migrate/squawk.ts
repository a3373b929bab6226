// What squawk says, brought together with what we say. Pure: its findings come in as data.
import type { LintFinding } from "./lint-finding";

export interface SquawkFinding {
  rule: string;
  /** From 1. */
  line: number;
  message: string;
  help: string;
}

/**
 * Rules of squawk whose question a rule of ours answers with more knowledge: the phase, the size, what was made before. Where
 * both fire, ours names squawk's; where ours stays silent, so does the report.
 */
const COVERED: Readonly<Record<string, readonly string[]>> = {
  "require-concurrent-index-creation": ["index-blocks-writes"],
  "require-concurrent-index-deletion": ["drop-index-locks"],
  "require-concurrent-reindex": ["reindex-blocks"],
  "require-concurrent-partition-detach": ["detach-locks-parent"],
  "require-concurrent-refresh-materialized-view": ["refresh-locks-readers"],
  "constraint-missing-not-valid": ["check-scan", "foreign-key-scan", "work-under-lock"],
  "adding-foreign-key-constraint": ["foreign-key-scan"],
  "adding-not-nullable-field": ["not-null-scan", "required-column"],
  "adding-required-field": ["required-column", "identity-column"],
  "adding-field-with-default": ["volatile-default", "generated-column"],
  "adding-serial-primary-key-field": ["identity-column", "unique-without-index"],
  "disallowed-unique-constraint": ["unique-without-index"],
  "changing-column-type": ["column-type"],
  "renaming-column": ["rename-column"],
  "renaming-table": ["rename-table"],
  "ban-drop-column": ["drop-column"],
  "ban-drop-table": ["drop-table"],
  "ban-drop-not-null": ["drop-not-null"],
  "ban-drop-database": ["not-a-migration"],
  "ban-create-domain-with-constraint": ["domain-scan"],
  "ban-alter-domain-with-add-constraint": ["domain-scan"],
  "ban-truncate-cascade": ["truncate", "cascade"],
  "ban-truncate": ["truncate"],
  "ban-concurrent-index-creation-in-transaction": ["needs-no-transaction"],
  "transaction-nesting": ["transaction-control"],
  "ban-uncommitted-transaction": ["transaction-control"],
  "require-table-schema": ["unqualified-name"],
  "ban-vacuum-full": ["table-rewrite"],
  "ban-cluster": ["table-rewrite"],
};

/**
 * Asked for by nobody here: the runner records each step and resumes at it, so a statement need not be repeatable; the runner
 * sets the timeouts; the order of an enum's values means nothing to the platforms.
 */
export const EXCLUDED = [
  "prefer-robust-stmts",
  "require-lock-timeout",
  "require-statement-timeout",
  "require-enum-value-ordering",
] as const;

export function agreeing(rule: string, opinions: readonly SquawkFinding[]): string[] {
  return [...new Set(opinions.filter((one) => COVERED[one.rule]?.includes(rule)).map((one) => one.rule))];
}

/** What only squawk has an opinion on. */
export function unmatched(opinions: readonly SquawkFinding[]): LintFinding[] {
  return opinions
    .filter(({ rule }) => !Object.hasOwn(COVERED, rule))
    .map(({ rule, message, help }) => ({
      rule: `squawk:${rule}`,
      level: "hazard",
      why: message,
      safe: help,
      squawk: [rule],
    }));
}
