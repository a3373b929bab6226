// Alibaba Cloud RAM policy documents, read as documents and never matched as text.
// Source of the grammar: "Policy structure and syntax" of the RAM documentation (Version 1; Effect, Action, Resource, Condition, Principal).
import { finding, undecided, valueAt } from "./expect";
import type { Example, Finding } from "./rule";
import type { Subject } from "./subject";
import { isUnknown } from "./value";

export const POLICY = "alicloud:ram/policy:Policy";

export interface Statement {
  effect: string;
  actions: readonly string[];
  notActions: readonly string[];
  resources: readonly string[];
  /** `Service:oss.aliyuncs.com`, `Federated:acs:ram::…`, `RAM:*`. */
  principals: readonly string[];
  /** Condition keys, in lower case, with the operator that tests them and the values. */
  conditions: readonly { operator: string; key: string; values: readonly string[] }[];
}

const texts = (value: unknown): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value.map(String) : [String(value)];

const entries = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

/** @returns undefined when the text is not a policy document */
export function statementsOf(document: string): Statement[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return undefined;
  }
  const list = (parsed as { Statement?: unknown } | null)?.Statement;
  if (!Array.isArray(list)) return undefined;
  return list.map((each: Record<string, unknown>) => ({
    effect: String(each.Effect),
    actions: texts(each.Action),
    notActions: texts(each.NotAction),
    resources: texts(each.Resource),
    principals: Array.isArray(each.Principal)
      ? texts(each.Principal)
      : entries(each.Principal).flatMap(([kind, names]) => texts(names).map((name) => `${kind}:${name}`)),
    conditions: entries(each.Condition).flatMap(([operator, keys]) =>
      entries(keys).map(([key, values]) => ({ operator, key: key.toLowerCase(), values: texts(values) })),
    ),
  }));
}

/** The statements of a document that a property holds; none when it is unknown or no document. */
export function statementsAt(subject: Subject, property: string): readonly Statement[] {
  const value = valueAt(subject, property);
  return typeof value === "string" ? (statementsOf(value) ?? []) : [];
}

/** Judges what a document allows, statement by statement; what cannot be read yet is undecided, what is no document is wrong. */
export function eachGrant(
  subject: Subject,
  property: string,
  judge: (statement: Statement) => readonly Finding[],
): Finding[] {
  const value = valueAt(subject, property);
  if (isUnknown(value)) return undecided(property, value, "a policy document");
  const statements = typeof value === "string" ? statementsOf(value) : undefined;
  if (!statements) return finding(property, `${property} is no policy document; expected one`);
  return statements.filter(({ effect }) => effect === "Allow").flatMap(judge);
}

/** True when the pattern (`oss:Get*`) covers the action, case ignored as RAM does. */
export function covers(pattern: string, action: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${expression}$`, "i").test(action);
}

/** A rule's example: one policy of these statements, as the RAM console would show them. */
export function policyExample(...statements: readonly object[]): Example {
  const policyDocument = JSON.stringify({ Version: "1", Statement: statements });
  return { subjects: [{ type: POLICY, name: "main", properties: { policyDocument } }] };
}
