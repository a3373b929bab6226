// Holds rules against subjects. Pure: the same subjects, rules and date give the same results in the same order.
import type { Finding, Rule } from "./rule";
import type { Subject, Surface, World } from "./subject";

/** `waived` is given later, by whoever knows the waivers. */
export type RuleVerdict = "pass" | "fail" | "unknown";

/** One rule that spoke of one subject. */
export interface Result {
  rule: Rule;
  subject: Subject;
  verdict: RuleVerdict;
  /** Empty for a pass. A fail may also carry what is unknown beside it. */
  findings: readonly Finding[];
}

export interface WorldOptions {
  today: Date;
  hasFile(path: string): boolean;
}

/** @throws Error when two subjects have the same id: one would hide the other */
export function worldOf(subjects: readonly Subject[], { today, hasFile }: WorldOptions): World {
  const byId = new Map<string, Subject>();
  const byType = new Map<string, Subject[]>();
  const bySurface = new Map<Surface, Subject[]>();
  for (const subject of subjects) {
    if (byId.has(subject.id)) throw new Error(`two subjects are called ${subject.id}`);
    byId.set(subject.id, subject);
    listed(byType, `${subject.surface} ${subject.type}`).push(subject);
    listed(bySurface, subject.surface).push(subject);
  }
  return {
    today,
    hasFile,
    subject: (id) => byId.get(id),
    of: (surface, ...types) =>
      types.length === 0
        ? (bySurface.get(surface) ?? [])
        : types.flatMap((type) => byType.get(`${surface} ${type}`) ?? []),
    referrers: (to, type, property) =>
      (byType.get(`${to.surface} ${type}`) ?? []).filter((each) => each.references(property).includes(to.id)),
  };
}

function listed<K>(map: Map<K, Subject[]>, key: K): Subject[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}

export function applies(rule: Rule, subject: Subject, world: World): boolean {
  return names(rule, subject) && (rule.when?.(subject, world) ?? true);
}

function names({ applies: named }: Rule, { surface, type }: Subject): boolean {
  return named.some(
    (each) => each.surface === surface && (each.types.includes("*") || each.types.includes(type)),
  );
}

/** The rules that name a subject's surface and type: asked for thousands of subjects of a few types. */
function byKind(rules: readonly Rule[]): (subject: Subject) => readonly Rule[] {
  const known = new Map<string, readonly Rule[]>();
  return (subject) => {
    const kind = `${subject.surface} ${subject.type}`;
    const found = known.get(kind) ?? rules.filter((rule) => names(rule, subject));
    known.set(kind, found);
    return found;
  };
}

export function verdictOf(findings: readonly Finding[]): RuleVerdict {
  if (findings.length === 0) return "pass";
  return findings.some(({ unknown }) => !unknown) ? "fail" : "unknown";
}

/** Every rule that speaks of a subject gives one result, by subject, then by rule. */
export function evaluate(subjects: readonly Subject[], rules: readonly Rule[], world: World): Result[] {
  const rulesOf = byKind(rules);
  const results: Result[] = [];
  for (const subject of subjects)
    for (const rule of rulesOf(subject)) {
      const findings = judge(rule, subject, world);
      if (findings) results.push({ rule, subject, verdict: verdictOf(findings), findings });
    }
  return results;
}

/**
 * A subject so odd that a rule breaks on it has not passed: that it cannot be judged is a finding.
 * @param rule one that names the subject's kind
 */
function judge(rule: Rule, subject: Subject, world: World): readonly Finding[] | undefined {
  try {
    return (rule.when?.(subject, world) ?? true) ? rule.check(subject, world) : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the rule cannot judge this ${subject.type}: ${reason}; expected what its type says`;
    return [{ path: [], message }];
  }
}
