// What a check found, as plain data: kept between runs, compared with another commit's, written in every format.
import type { Result } from "../../policies/engine/evaluate";
import { type Rule, SEVERITIES, type Severity, type StandardClause } from "../../policies/engine/rule";
import { type Path, type Place, SURFACES, type Subject, type Surface } from "../../policies/engine/subject";
import type { WaivedResult, Waiver } from "../../policies/engine/waivers";
import type { Problem } from "../../policies/engine/yaml";

export const VERDICTS = ["pass", "fail", "waived", "unknown"] as const;
export type ReportVerdict = (typeof VERDICTS)[number];

export interface RuleFacts {
  id: string;
  severity: Severity;
  surfaces: readonly Surface[];
  clauses: readonly string[];
  standards: readonly StandardClause[];
  title: string;
  why: string;
  remedy: string;
}

export interface SubjectFacts {
  surface: Surface;
  type: string;
  id: string;
  name: string;
  environment: string;
  place?: Place;
}

/** Lines around a place; `first` is the number of the first one. */
export interface Frame {
  first: number;
  lines: readonly string[];
}

export interface ReportedFinding {
  path: Path;
  message: string;
  unknown: boolean;
  place?: Place;
  frame?: Frame;
}

export interface ReportedResult {
  /** Index into `rules` and `subjects`. */
  rule: number;
  subject: number;
  verdict: ReportVerdict;
  findings: readonly ReportedFinding[];
  waiver?: Waiver;
}

export type Tally = Record<ReportVerdict, number>;

export interface SurfaceTally extends Tally {
  surface: Surface;
  subjects: number;
  results: number;
}

export interface Report {
  /** ISO day that expiries were held against. */
  date: string;
  surfaces: readonly SurfaceTally[];
  rules: readonly RuleFacts[];
  subjects: readonly SubjectFacts[];
  results: readonly ReportedResult[];
  /** What could not be read. */
  problems: readonly Problem[];
  /** Rules that spoke of no subject. */
  idle: readonly string[];
}

export interface Judged {
  rules: readonly (Omit<Rule, "check" | "examples"> | Rule)[];
  subjects: readonly Subject[];
  results: readonly (WaivedResult | Result)[];
  problems: readonly Problem[];
  /** Surfaces that were looked at; the others are not in the report. */
  surfaces: readonly Surface[];
}

/** @param text of a file, for frames; undefined = show none of it */
export function reportOf(date: string, judged: Judged, text: (file: string) => string | undefined): Report {
  const { rules, subjects, problems } = judged;
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const subjectIndex = new Map(subjects.map(({ id }, index) => [id, index]));
  const results = judged.results.map((result): ReportedResult => {
    const { rule, subject, verdict, findings } = result;
    return {
      rule: ruleIndex.get(rule.id)!,
      subject: subjectIndex.get(subject.id)!,
      verdict,
      findings: findings.map(({ path, message, unknown }) => {
        const place = subject.at(path);
        const frame = place && subject.type !== "v1/Secret" ? frameOf(text(place.file), place) : undefined;
        return {
          path,
          message,
          unknown: unknown === true,
          ...(place ? { place } : {}),
          ...(frame ? { frame } : {}),
        };
      }),
      ...("waiver" in result && result.waiver ? { waiver: result.waiver } : {}),
    };
  });
  const spoken = new Set(results.map(({ rule }) => rule));
  const report: Report = {
    date,
    rules: rules.map(factsOf),
    subjects: subjects.map(({ surface, type, id, name, environment, at }) => {
      const place = at([]);
      return { surface, type, id, name, environment, ...(place ? { place } : {}) };
    }),
    results,
    problems: [...problems],
    idle: rules
      .filter(
        (rule, index) =>
          !spoken.has(index) && rule.applies.some(({ surface }) => judged.surfaces.includes(surface)),
      )
      .map(({ id }) => id),
    surfaces: [],
  };
  return { ...report, surfaces: tallies(report, judged.surfaces) };
}

export function tallies({ subjects, results }: Report, surfaces: readonly Surface[]): SurfaceTally[] {
  return SURFACES.filter((surface) => surfaces.includes(surface)).map((surface) => {
    const tally = { pass: 0, fail: 0, waived: 0, unknown: 0 };
    let count = 0;
    for (const { subject, verdict } of results) {
      if (subjects[subject]!.surface !== surface) continue;
      tally[verdict]++;
      count++;
    }
    const own = subjects.filter((subject) => subject.surface === surface).length;
    return { surface, subjects: own, results: count, ...tally };
  });
}

export function factsOf(rule: Omit<Rule, "check" | "examples">): RuleFacts {
  const { id, severity, applies, clauses, standards = [], title, why, remedy } = rule;
  const surfaces = [...new Set(applies.map(({ surface }) => surface))];
  return { id, severity, surfaces, clauses, standards, title, why, remedy };
}

/** Lines before and after the one in question. */
const AROUND = 1;
const MAX_COLUMNS = 160;

function frameOf(text: string | undefined, { line }: Place): Frame | undefined {
  if (text === undefined) return undefined;
  const lines = text.split(/\r?\n/);
  if (line > lines.length) return undefined;
  const first = Math.max(1, line - AROUND);
  return {
    first,
    lines: lines.slice(first - 1, line + AROUND).map((each) => each.slice(0, MAX_COLUMNS)),
  };
}

/** At or above; `none` = nothing is. */
export function reaches(severity: Severity, threshold: Severity | "none"): boolean {
  return threshold !== "none" && SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

/** Results that fail, most severe first, then by place. */
export function failures(report: Report): ReportedResult[] {
  const rank = ({ rule }: ReportedResult): number => SEVERITIES.indexOf(report.rules[rule]!.severity);
  return report.results
    .filter(({ verdict }) => verdict === "fail")
    .sort((a, b) => rank(a) - rank(b) || a.subject - b.subject || a.rule - b.rule);
}

/** Only what lies in one of the files or folders. */
export function within(report: Report, paths: readonly string[]): Report {
  const inside = (place: Place | undefined): boolean =>
    place !== undefined && paths.some((path) => place.file === path || place.file.startsWith(`${path}/`));
  const results = report.results.flatMap((result): ReportedResult[] => {
    if (inside(report.subjects[result.subject]!.place)) return [result];
    const findings = result.findings.filter(({ place }) => inside(place));
    return findings.length > 0 ? [{ ...result, findings }] : [];
  });
  const subjects = report.subjects.flatMap(({ place }, index) => (inside(place) ? [index] : []));
  const problems = report.problems.filter(inside);
  return narrowed(
    report,
    subjects,
    results,
    problems,
    report.surfaces.map(({ surface }) => surface),
  );
}

/** Only the subjects of one surface; what could not be read stays, because nobody knows what it holds. */
export function onlySurface(report: Report, surface: Surface): Report {
  const subjects = report.subjects.flatMap((subject, index) => (subject.surface === surface ? [index] : []));
  const results = report.results.filter(({ subject }) => report.subjects[subject]!.surface === surface);
  const kept = narrowed(report, subjects, results, report.problems, [surface]);
  const speaks = new Set(
    report.rules.filter(({ surfaces }) => surfaces.includes(surface)).map(({ id }) => id),
  );
  return { ...kept, idle: report.idle.filter((id) => speaks.has(id)) };
}

function narrowed(
  report: Report,
  subjects: readonly number[],
  results: readonly ReportedResult[],
  problems: readonly Problem[],
  surfaces: readonly Surface[],
): Report {
  const kept = [...new Set([...subjects, ...results.map(({ subject }) => subject)])].sort((a, b) => a - b);
  const moved = new Map(kept.map((from, to) => [from, to]));
  const part: Report = {
    ...report,
    subjects: kept.map((index) => report.subjects[index]!),
    results: results.map((result) => ({ ...result, subject: moved.get(result.subject)! })),
    problems,
    idle: [],
  };
  return { ...part, surfaces: tallies(part, surfaces) };
}
