// What a change brings and what it mends: findings of two reports told apart, though lines and indexes move.
import type { Report, ReportedFinding, ReportedResult } from "./report";

export interface ComparedFinding {
  rule: string;
  subject: string;
  message: string;
}

export interface Comparison {
  /** Full id of the commit compared with. */
  commit: string;
  introduced: readonly ComparedFinding[];
  fixed: readonly ComparedFinding[];
  /** Findings that were there before. */
  existing: number;
  /** `rule subject` → messages that are new. */
  fresh: Readonly<Record<string, readonly string[]>>;
}

interface Keyed {
  finding: ReportedFinding;
  exact: string;
  loose: string;
}

const resultKey = (rule: string, subject: string): string => `${rule} ${subject}`;

function findingsBy(report: Report): Map<string, Keyed[]> {
  return new Map(
    report.results
      .filter(({ verdict }) => verdict === "fail")
      .map((result) => [
        resultKey(report.rules[result.rule]!.id, report.subjects[result.subject]!.id),
        result.findings.filter(({ unknown }) => !unknown).map(keyed),
      ]),
  );
}

/** An item that moves within its list is the same item. */
function keyed(finding: ReportedFinding): Keyed {
  const path = finding.path.map((step) => (typeof step === "number" ? "*" : step)).join("/");
  return { finding, exact: `${path} ${finding.message}`, loose: path };
}

/** Takes out of `pool` what equals by `by`; what finds nothing is left over. */
function unmatched(items: readonly Keyed[], pool: Keyed[], by: "exact" | "loose"): Keyed[] {
  return items.filter((item) => {
    const at = pool.findIndex((other) => other[by] === item[by]);
    if (at >= 0) pool.splice(at, 1);
    return at < 0;
  });
}

export function compare(base: Report, head: Report, commit: string): Comparison {
  const before = findingsBy(base);
  const introduced: ComparedFinding[] = [];
  const fixed: ComparedFinding[] = [];
  const fresh: Record<string, string[]> = {};
  let existing = 0;
  const describe = (key: string, { finding }: Keyed): ComparedFinding => {
    const space = key.indexOf(" ");
    return { rule: key.slice(0, space), subject: key.slice(space + 1), message: finding.message };
  };
  for (const [key, after] of findingsBy(head)) {
    const pool = [...(before.get(key) ?? [])];
    const left = unmatched(unmatched(after, pool, "exact"), pool, "loose");
    existing += after.length - left.length;
    introduced.push(...left.map((each) => describe(key, each)));
    if (left.length > 0) fresh[key] = left.map(({ finding }) => finding.message);
    fixed.push(...pool.map((each) => describe(key, each)));
    before.delete(key);
  }
  for (const [key, gone] of before) fixed.push(...gone.map((each) => describe(key, each)));
  return { commit, introduced, fixed, existing, fresh };
}

/** The result with only those findings that the change brought; undefined when it brought none. */
export function freshPart(
  { fresh }: Comparison,
  report: Report,
  result: ReportedResult,
): ReportedResult | undefined {
  const key = resultKey(report.rules[result.rule]!.id, report.subjects[result.subject]!.id);
  const messages = Object.hasOwn(fresh, key) ? fresh[key]! : [];
  const findings = result.findings.filter(({ message }) => messages.includes(message));
  return findings.length > 0 ? { ...result, findings } : undefined;
}
