// What whoever asks a query gives: every parameter by its kind, as bound values only. What is wrong is refused with what is expected. Pure.
import type { DataQuery, QueryParameter } from "../../../policies/data/queries";
import { fits, VALUE_KINDS } from "../../../policies/data/values";
import { oneOf } from "../../../policies/engine/suggest";
import { OpsError } from "../../core/errors";

/** Lines `name=value`, as in a file: what must not stand in a list of processes. @throws OpsError usage */
export function readParameterFile(text: string): Record<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line, index) => {
      const at = line.indexOf("=");
      if (at > 0) return [line.slice(0, at).trim(), line.slice(at + 1)];
      throw new OpsError("usage", `line ${index + 1} of the file of parameters has no name`, {
        expected: "name=value",
      });
    }),
  );
}

/** @returns type and value by name. @throws OpsError usage; a value that is wrong is not repeated: it may be personal */
export function bindArguments(
  { id, parameters }: DataQuery,
  given: Readonly<Record<string, string>>,
): Record<string, { type: string; value: string }> {
  const names = Object.keys(parameters);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new OpsError("usage", `${id} has no parameter ${unknown}`, { expected: oneOf(unknown, names) });
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => {
      const value = Object.hasOwn(given, name) ? given[name] : parameter.default;
      if (value === undefined)
        throw refused(`${id} needs ${name}, ${parameter.description}`, name, parameter);
      const fitting = fits(parameter.kind, value) && (parameter.choices?.includes(value) ?? true);
      if (!fitting) throw refused(`${name} of ${id} cannot be read`, name, parameter);
      return [name, { type: VALUE_KINDS[parameter.kind].type, value }];
    }),
  );
}

const refused = (found: string, name: string, parameter: QueryParameter): OpsError =>
  new OpsError("usage", found, {
    expected: expectedOf(parameter),
    todo: `--param ${name}=<value>, or a line ${name}=<value> in the file that --params names`,
  });

export const expectedOf = ({ kind, choices }: QueryParameter): string =>
  choices ? `one of ${choices.join(", ")}` : VALUE_KINDS[kind].expected;
