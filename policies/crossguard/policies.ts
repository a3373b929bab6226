// Our rules as policies of a Pulumi policy pack: what one resource can tell is asked before the resource is made, what needs
// others is asked of the whole stack. Free of side effects, so that tests can load it.
import type { Policies, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { evaluate, type Result, type WorldOptions, worldOf } from "../engine/evaluate";
import { subjectsOf as exampleSubjects } from "../engine/examples";
import type { Rule, Severity } from "../engine/rule";
import type { Path, Subject } from "../engine/subject";
import { validWaivers, type Waiver } from "../engine/waivers";
import { subjectOf } from "./resources";

export interface PackOptions extends WorldOptions {
  waivers: readonly Waiver[];
}

/** What stops an update, and what only speaks. */
const LEVELS: Readonly<Record<Severity, "mandatory" | "advisory">> = {
  critical: "mandatory",
  high: "mandatory",
  medium: "advisory",
  low: "advisory",
};

/** Of the policy that says what nobody can know before deployment; it never stops anything. */
export const UNKNOWN_POLICY = "unknown-until-deployed";

export function policiesOf(rules: readonly Rule[], options: PackOptions): Policies {
  const own = rules.filter(({ applies }) => applies.some(({ surface }) => surface === "stack"));
  return [
    ...own.map((rule) => (needsOthers(rule) ? stackPolicy(rule, options) : resourcePolicy(rule, options))),
    unknownPolicy(own, options),
  ];
}

/** True when a rule looks beyond its subject: it takes the world, or asks in its own examples for what a value refers to. */
export function needsOthers(rule: Rule): boolean {
  if (rule.check.length > 1 || (rule.when?.length ?? 0) > 1) return true;
  let asked = false;
  const watched = (subject: Subject): Subject => ({
    ...subject,
    references(property) {
      asked = true;
      return subject.references(property);
    },
  });
  for (const example of [rule.examples.good, rule.examples.bad]) {
    if (typeof example.subjects === "string") continue;
    const subjects = exampleSubjects(rule, example, () => []).map(watched);
    evaluate(subjects, [rule], worldOf(subjects, { today: new Date(0), hasFile: () => false }));
  }
  return asked;
}

const metadata = ({ id, title, severity, remedy }: Rule) => ({
  name: id,
  description: title,
  enforcementLevel: LEVELS[severity],
  severity,
  remediationSteps: remedy,
});

function resourcePolicy(rule: Rule, options: PackOptions): ResourceValidationPolicy {
  return {
    ...metadata(rule),
    validateResource: (resource, report) => {
      const subject: Subject = {
        ...subjectOf(resource, {}),
        references() {
          throw new Error(`${rule.id} asks what a resource refers to, which its examples must show`);
        },
      };
      for (const { message } of definite(judge([subject], [rule], options))) report(message);
    },
  };
}

function stackPolicy(rule: Rule, options: PackOptions): StackValidationPolicy {
  return {
    ...metadata(rule),
    validateStack: ({ resources }, report) => {
      const subjects = resources.map(whole);
      for (const { message, urn } of definite(judge(subjects, [rule], options))) report(message, urn);
    },
  };
}

function unknownPolicy(rules: readonly Rule[], options: PackOptions): StackValidationPolicy {
  return {
    name: UNKNOWN_POLICY,
    description: "What a rule asks for is only known after deployment",
    enforcementLevel: "advisory",
    validateStack: ({ resources }, report) => {
      for (const { rule, subject, findings } of judge(resources.map(whole), rules, options))
        for (const { message, unknown, path } of findings)
          if (unknown) report(`${rule.id}: ${shown(path, message)}`, subject.id);
    },
  };
}

function whole(resource: Parameters<typeof subjectOf>[0] & { propertyDependencies: object }): Subject {
  const dependencies = Object.entries(resource.propertyDependencies as Record<string, { urn: string }[]>);
  return subjectOf(
    resource,
    Object.fromEntries(dependencies.map(([property, on]) => [property, on.map(({ urn }) => urn)])),
  );
}

function judge(subjects: readonly Subject[], rules: readonly Rule[], options: PackOptions): Result[] {
  const valid = validWaivers(options.waivers, options.today);
  return evaluate(subjects, rules, worldOf(subjects, options)).filter(
    ({ rule, subject }) => !valid.some((waiver) => waiver.rule === rule.id && waiver.subject === subject.id),
  );
}

function definite(results: readonly Result[]): { message: string; urn: string }[] {
  return results.flatMap(({ rule, subject, findings }) =>
    findings
      .filter(({ unknown }) => !unknown)
      .map(({ path, message }) => ({
        message: `${shown(path, message)} [${clausesOf(rule)}]`,
        urn: subject.id,
      })),
  );
}

const clausesOf = ({ clauses, standards = [] }: Rule): string =>
  [...clauses, ...standards.map(({ standard, clause }) => `${standard} ${clause}`)].join(", ");

/** The place cannot be told here; the path in the resource can. */
const shown = (path: Path, message: string): string =>
  path.length > 0 ? `${path.join(".")}: ${message}` : message;
