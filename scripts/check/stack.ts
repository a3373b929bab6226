// What Pulumi programs declare, as subjects: every resource of a plan, components and the stack itself too.
import { resourceSubject } from "../../policies/engine/resource";
import type { Path, Place, Subject } from "../../policies/engine/subject";
import type { StackPlan } from "../plan/model";
import { placeInProgram } from "./program";

/** @param text of a file of the repository, undefined when there is none */
export function planSubjects(
  plans: readonly StackPlan[],
  text: (file: string) => string | undefined,
): Subject[] {
  return plans.flatMap(({ environment, layer, resources }) => {
    const program = `stacks/programs/${layer}.ts`;
    const nowhere: Place | undefined =
      text(program) === undefined ? undefined : { file: program, line: 1, column: 1 };
    return resources.map(({ urn, type, name, inputs, options, propertyDependencies, source }) =>
      resourceSubject({
        urn,
        type,
        name,
        environment,
        inputs,
        flags: { protect: options.protect, retainOnDelete: options.retainOnDelete },
        propertyDependencies,
        at: (path: Path) =>
          source === undefined ? nowhere : placeInProgram(source, text(source.replace(/:\d+$/, "")), path),
      }),
    );
  });
}
