// One rule, told to a person: what holds, why, what to do, and its two examples.
import type { Example, Rule } from "../../policies/engine/rule";
import { showClauses } from "./formats/shared";
import { factsOf } from "./report";

export function explain(rule: Rule): string {
  const { id, severity, applies, title, why, remedy, examples } = rule;
  const where = applies.map(({ surface, types }) => `${surface}: ${types.join(", ")}`).join("; ");
  return [
    `${id}  ${severity}  ${showClauses(factsOf(rule))}`,
    title,
    "",
    `Looks at  ${where}`,
    `Why       ${why}`,
    `To do     ${remedy}`,
    "",
    "Passes",
    shown(examples.good),
    "",
    "Fails",
    shown(examples.bad),
  ].join("\n");
}

function shown({ subjects, files = [], today }: Example): string {
  const body = typeof subjects === "string" ? subjects.trimEnd() : JSON.stringify(subjects, null, 2);
  const beside = [
    ...(files.length > 0 ? [`with ${files.join(", ")}`] : []),
    ...(today ? [`on ${today}`] : []),
  ];
  return [...body.split("\n"), ...beside].map((line) => `  ${line}`.trimEnd()).join("\n");
}
