// Where Argo CD's kinds hold what an application is, and what a project lets it be.
import type { Path, Subject } from "../subject";
import { isRecord, type PlannedValue } from "../value";
import { listAt, textAt } from "./objects";

export const APPLICATION = "argoproj.io/v1alpha1/Application";
export const APPLICATION_SET = "argoproj.io/v1alpha1/ApplicationSet";
export const PROJECT = "argoproj.io/v1alpha1/AppProject";

/** An application is written out, or made from the template of a set. */
export const APPLICATIONS = [APPLICATION, APPLICATION_SET] as const;

export function applicationSpecOf({ type }: Subject): Path {
  return type === APPLICATION_SET ? ["spec", "template", "spec"] : ["spec"];
}

/** Namespaces that the applications of a subject go to; a set fills `{{.namespace}}` from its lists. */
export function destinationsOf(subject: Subject): string[] {
  const declared = textAt(subject, [...applicationSpecOf(subject), "destination", "namespace"]);
  if (declared === undefined) return [];
  const [, parameter] = /^\{\{\s*\.(\w+)\s*\}\}$/.exec(declared) ?? [];
  if (parameter === undefined) return [declared];
  return listAt(subject, "spec.generators")
    .flatMap((generator) =>
      isRecord(generator) && isRecord(generator.list) ? (generator.list.elements ?? []) : [],
    )
    .flatMap((element: PlannedValue) => (isRecord(element) ? [String(element[parameter])] : []));
}

/** Glob of a project: `*` stands for anything. */
export function matches(pattern: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
