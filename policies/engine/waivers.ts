// Exceptions from rules: what each excuses, and what is wrong with an exception itself. Pure; the date is given.

import type { AnySchemaObject } from "ajv/dist/2020";
import waiversSchema from "../schemas/waivers.schema.json";
import { DAY } from "./durations";
import type { Result } from "./evaluate";
import type { Finding, Rule } from "./rule";
import { checkSchema } from "./schema";
import type { Subject } from "./subject";
import { type Problem, parseYaml } from "./yaml";

export const WAIVERS_FILE = "policies/waivers.yaml";

/** Days that an exception may lie ahead; later, somebody has to think again. */
export const MAX_WAIVER_DAYS = 90;

export interface Waiver {
  rule: string;
  subject: string;
  owner: string;
  reason: string;
  /** ISO day, the last one on which it holds. */
  expires: string;
}

/** A result, excused or not. */
export interface WaivedResult extends Omit<Result, "verdict"> {
  verdict: Result["verdict"] | "waived";
  waiver?: Waiver;
}

/** What every waiver is held against. Its results come from `applyWaivers`, so it has no check of its own. */
export const WAIVER_RULE: Omit<Rule, "check" | "examples"> = {
  id: "waiver-in-order",
  severity: "high",
  applies: [{ surface: "service", types: ["waiver"] }],
  clauses: ["SEC-CONFIG"],
  title: "A waiver excuses one finding that exists, and ends within 90 days",
  why: "An exception that nobody needs, or that never ends, hides the next real finding.",
  remedy: "Remove the waiver, or name one rule, one subject and a day at most 90 days ahead.",
};

export function readWaivers(text: string): { waivers: Waiver[]; problems: Problem[] } {
  const document = parseYaml(WAIVERS_FILE, text);
  const problems = [...document.problems];
  if (document.value !== undefined) problems.push(...checkSchema(document, waiversSchema as AnySchemaObject));
  return problems.length > 0
    ? { waivers: [], problems }
    : { waivers: (document.value as { waivers: Waiver[] }).waivers, problems };
}

/** Why a waiver excuses nothing, if so. */
function objection({ rule, subject, expires }: Waiver, today: Date, twice: boolean): Finding | undefined {
  const last = Date.parse(`${expires}T23:59:59.999Z`);
  const at = (key: keyof Waiver, message: string): Finding => ({ path: [key], message });
  if (/[*?]/.test(rule) || /[*?]/.test(subject) || /^\^|\$$/.test(subject))
    return at("subject", `${subject} is a pattern; expected the exact id of one subject`);
  if (Number.isNaN(last) || new Date(last).toISOString().slice(0, 10) !== expires)
    return at("expires", `there is no day ${expires}`);
  if (last < today.getTime()) return at("expires", `it expired on ${expires}`);
  const days = Math.ceil((last - today.getTime()) / DAY) - 1;
  if (days > MAX_WAIVER_DAYS)
    return at("expires", `it ends in ${days} days; expected at most ${MAX_WAIVER_DAYS}`);
  return twice ? at("subject", "it stands here twice") : undefined;
}

const keyOf = (rule: string, subject: string): string => `${rule} ${subject}`;

function objectionsTo(waivers: readonly Waiver[], today: Date): (Finding | undefined)[] {
  const keys = waivers.map(({ rule, subject }) => keyOf(rule, subject));
  return waivers.map((waiver, index) => objection(waiver, today, keys.indexOf(keys[index]!) < index));
}

/** Those that excuse what they name. */
export function validWaivers(waivers: readonly Waiver[], today: Date): Waiver[] {
  const objections = objectionsTo(waivers, today);
  return waivers.filter((_, index) => objections[index] === undefined);
}

/**
 * @param whole false when only a part was checked: whether a waiver is used cannot be told then
 */
export function applyWaivers(
  results: readonly Result[],
  waivers: readonly Waiver[],
  today: Date,
  whole: boolean,
): { results: WaivedResult[]; findings: { waiver: Waiver; index: number; findings: Finding[] }[] } {
  const keys = waivers.map(({ rule, subject }) => keyOf(rule, subject));
  const objections = objectionsTo(waivers, today);
  const valid = new Map(
    waivers.flatMap((waiver, index) => (objections[index] ? [] : [[keys[index]!, waiver] as const])),
  );
  const used = new Set<string>();
  const waived = results.map((result): WaivedResult => {
    if (result.verdict === "pass") return result;
    const key = keyOf(result.rule.id, result.subject.id);
    const waiver = valid.get(key);
    if (!waiver) return result;
    used.add(key);
    return { ...result, verdict: "waived", waiver };
  });
  const findings = waivers.map((waiver, index) => {
    const found = objections[index];
    if (found) return { waiver, index, findings: [found] };
    const unused = whole && !used.has(keys[index]!);
    const message =
      "it excuses nothing: the rule does not fail on this subject (or one of them does not exist)";
    return { waiver, index, findings: unused ? [{ path: ["subject"], message }] : [] };
  });
  return { results: waived, findings };
}

/** A waiver's own subject, so that what is wrong with it is reported like everything else. */
export function waiverSubject(waiver: Waiver, index: number, at: Subject["at"]): Subject {
  return {
    surface: "service",
    type: "waiver",
    id: `${WAIVERS_FILE}#${waiver.rule} ${waiver.subject}${index > 0 ? ` (${index + 1})` : ""}`,
    name: waiver.rule,
    environment: "",
    properties: { ...waiver },
    references: () => [],
    at: (path) => at(["waivers", index, ...path]),
  };
}
