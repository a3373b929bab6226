// What a rule is: one file of policies/rules/<area>/, named after its id, default-exporting `defineRule({...})`. Discovered,
// explained, tested and counted from this.
import type { Path, ResourceFlags, Subject, Surface, World } from "./subject";

export type Severity = "critical" | "high" | "medium" | "low";

/** Most severe first. */
export const SEVERITIES: readonly Severity[] = ["critical", "high", "medium", "low"];

/** A clause of a standard, with its edition: `{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }`. */
export interface StandardClause {
  standard: string;
  clause: string;
}

/** One thing that is wrong, or (`unknown`) that cannot be told before deployment. No findings = pass. */
export interface Finding {
  path: Path;
  /** What was found and what was expected, one sentence. Never contains a secret. */
  message: string;
  unknown?: true;
}

/** A subject of an example, written down without a file. `references`: property → names of other resources of the example. */
export interface ExampleSubject {
  type: string;
  name: string;
  properties: Readonly<Record<string, unknown>>;
  flags?: ResourceFlags;
  references?: Readonly<Record<string, readonly string[]>>;
  /** Default `prod`. */
  environment?: string;
  /** Default the rule's first surface. */
  surface?: Surface;
}

/**
 * Everything the rule needs to see. Text = YAML as it would stand in a file of the rule's first surface.
 * The rule must apply to at least one subject of each example.
 */
export interface Example {
  subjects: string | readonly ExampleSubject[];
  /** Files that exist in the example's repository. */
  files?: readonly string[];
  /** ISO date of the evaluation. Default 2026-11-25. */
  today?: string;
}

export interface Rule {
  /** kebab-case, the file's name; never reused for something else. */
  id: string;
  severity: Severity;
  /** Surfaces and the types on them. `*` = every type of the surface. */
  applies: readonly { surface: Surface; types: readonly string[] }[];
  /** Of those, the ones it speaks of. Default all. What it does not speak of is neither passed nor counted. */
  when?(subject: Subject, world: World): boolean;
  /** Contract clauses that it serves. */
  clauses: readonly string[];
  standards?: readonly StandardClause[];
  /** What must hold, as a statement. */
  title: string;
  /** What goes wrong otherwise. */
  why: string;
  /** What to do, concrete enough to do it. */
  remedy: string;
  check(subject: Subject, world: World): readonly Finding[];
  examples: { good: Example; bad: Example };
}

/** Identity, with the types checked. */
export function defineRule(rule: Rule): Rule {
  return rule;
}
