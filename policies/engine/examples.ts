// Makes the subjects of a rule's examples, so that every rule is tested by what it says of itself.
import type { Example, ExampleSubject, Rule } from "./rule";
import type { Subject, Surface } from "./subject";
import type { PlannedValue } from "./value";

/** Reads YAML text of a surface into subjects; given by whoever knows the formats. */
export type ReadText = (surface: Surface, type: string, text: string) => readonly Subject[];

/** @throws Error when a reference names no subject of the example */
export function subjectsOf(rule: Rule, example: Example, readText: ReadText): readonly Subject[] {
  const [first] = rule.applies;
  if (!first) throw new Error(`${rule.id} applies to nothing`);
  const { subjects } = example;
  if (typeof subjects === "string") return readText(first.surface, first.types[0] ?? "*", subjects);
  const id = (name: string): string => `example/${name}`;
  return subjects.map((each) =>
    written(each.surface ?? first.surface, each, id(each.name), referenced(subjects, each, id)),
  );
}

function referenced(
  subjects: readonly ExampleSubject[],
  each: ExampleSubject,
  id: (name: string) => string,
): Map<string, string[]> {
  return new Map(
    Object.entries(each.references ?? {}).map(([property, names]) => {
      const missing = names.find((name) => !subjects.some((other) => other.name === name));
      if (missing) throw new Error(`${each.name}.${property} refers to ${missing}, which the example lacks`);
      return [property, names.map(id)];
    }),
  );
}

function written(
  surface: Surface,
  { type, name, properties, flags, environment = "prod" }: ExampleSubject,
  id: string,
  references: ReadonlyMap<string, readonly string[]>,
): Subject {
  return {
    surface,
    type,
    id,
    name,
    environment,
    properties: properties as Record<string, PlannedValue>,
    ...(flags ? { flags } : {}),
    references: (property) => references.get(property) ?? [],
    at: () => undefined,
  };
}
