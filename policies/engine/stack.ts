// What rules over stacks share: which environment is short-lived, and what else the environment declares.
import { valueAt } from "./expect";
import type { Subject, World } from "./subject";

/** Drill environments are made to be destroyed: nothing in them is guarded against deletion or kept. */
export const isDrill = ({ environment }: Subject): boolean => environment.startsWith("drill");

export const notDrill = (subject: Subject): boolean => !isDrill(subject);

/** Subjects of these types in the same environment. */
export const others = (subject: Subject, world: World, ...types: readonly string[]): readonly Subject[] =>
  world.of(subject.surface, ...types).filter(({ environment }) => environment === subject.environment);

/** A tag's text; undefined when it is not set or not text. */
export function tag(subject: Subject, name: string): string | undefined {
  const value = valueAt(subject, ["tags", name]);
  return typeof value === "string" ? value : undefined;
}
