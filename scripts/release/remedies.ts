// All that a refused release still needs, as commands in the order in which they are run, so that it is refused once. Pure.
import type { Check } from "../core/evidence";
import { GATES } from "./gates";
import type { ReleasePlan } from "./plan";

export type Kind = "ship" | "promote" | "rollback";

/** The command that asks for this release again. */
export function commandOf(kind: Kind, { environment, changes }: ReleasePlan): string {
  const what =
    kind === "ship"
      ? changes.map(({ app, to }) => `${app}=${to.version}`).join(",")
      : changes.map(({ app }) => app).join(",");
  return `ops release ${kind} ${what} --env ${environment}`;
}

/** @param stopped checks that stand in the way. @returns lines for people: commands, and sentences where no command helps */
export function todoOf(stopped: readonly Check[], plan: ReleasePlan, kind: Kind): string[] {
  const names = stopped.map(({ name }) => name);
  const needed = GATES.filter(({ name }) => names.includes(name));
  const commands = needed.flatMap((gate) => gate.make?.(plan) ?? []);
  const others = stopped.filter(({ name }) => needed.find((gate) => gate.name === name)?.make === undefined);
  return [
    ...new Set(commands),
    ...others.map(({ name, detail }) => `${name}, which no command opens: ${detail}`),
    `then again: ${commandOf(kind, plan)}`,
  ];
}

/** `To do` with its lines below each other. */
export function todoBlock(todo: readonly string[]): string[] {
  return todo.map((line, index) => `${index === 0 ? "To do     " : "          "}${line}`);
}
