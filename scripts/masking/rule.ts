// A column's rule and a value as PostgreSQL prints it -> the value that takes its place. Pure.
import type { ColumnRule, Kind } from "../../policies/data/masking";
import { mapElements } from "./array-text";
import { liesIn, mapScalars, segmentsOf } from "./json-text";
import type { Mask } from "./mask";

export type MaskedRule = Exclude<ColumnRule, { plain: string }>;

/** True when something of the column is masked. */
export function masks(rule: ColumnRule): rule is MaskedRule {
  if (typeof rule === "string" || "elements" in rule) return true;
  return "json" in rule && Object.values(rule.json).some((each) => typeof each === "string");
}

/** The kinds that a rule names. */
export function kindsOf(rule: ColumnRule): Kind[] {
  if (typeof rule === "string") return [rule];
  if ("elements" in rule) return [rule.elements];
  return "json" in rule
    ? Object.values(rule.json).filter((each): each is Kind => typeof each === "string")
    : [];
}

/** @returns what changes a value. @param room characters that the column takes */
export function changeOf(mask: Mask, rule: MaskedRule, room: number): (value: string) => string {
  if (typeof rule === "string") return (value) => mask(rule, value, room);
  if ("elements" in rule) return (value) => mapElements(value, (each) => mask(rule.elements, each, room));
  const paths = Object.entries(rule.json).map(([path, kind]) => ({ path: segmentsOf(path), kind }));
  // The longest path that fits decides: `contact` may be masked and `contact.city` plain.
  paths.sort((a, b) => b.path.length - a.path.length);
  return (value) =>
    mapScalars(value, (scalar, at) => {
      const kind = paths.find(({ path }) => liesIn(at, path))?.kind;
      return typeof kind === "string" ? mask(kind, scalar) : undefined;
    });
}
