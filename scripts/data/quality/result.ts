// What one rule found. Types, and how results of several objects become one. Pure.
import type { DataRule } from "../../../policies/data/quality";

/** Keys of wrong rows; `object` says of what, for generic rules. */
export interface SampledRow {
  object?: string;
  /** Column → shown key. */
  key: Readonly<Record<string, string>>;
}

export interface RuleResult {
  rule: DataRule;
  /** Wrong rows or objects. */
  count: number;
  /** There are at least so many: counting stopped there. */
  atLeast: boolean;
  sample: readonly SampledRow[];
  /** Objects that are wrong by the catalogue alone, one sentence each. */
  told: readonly string[];
  /** What could not be looked at, and why. */
  unable: readonly string[];
  /** Why there was nothing to look at; then nothing else is told. */
  notApplicable?: string;
  seconds: number;
}

export const emptyResult = (rule: DataRule): RuleResult => ({
  rule,
  count: 0,
  atLeast: false,
  sample: [],
  told: [],
  unable: [],
  seconds: 0,
});

export function addResults(one: RuleResult, other: RuleResult): RuleResult {
  const { rule } = one;
  return {
    ...one,
    count: one.count + other.count,
    atLeast: one.atLeast || other.atLeast,
    sample: [...one.sample, ...other.sample].slice(0, rule.sample),
    told: [...one.told, ...other.told],
    unable: [...new Set([...one.unable, ...other.unable])],
    seconds: one.seconds + other.seconds,
    ...(other.notApplicable === undefined ? {} : { notApplicable: other.notApplicable }),
  };
}
