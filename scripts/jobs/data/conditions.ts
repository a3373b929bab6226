// Which rows are meant, on the command line or in a file: `--where` and `--where-file`.
import { OpsError } from "../../core/errors";
import { type Condition, parseCondition, parseConditionFile } from "../../data/images/conditions";
import type { Host } from "../../machine/port";

export const WHERE = {
  kind: "list",
  verbatim: true,
  personal: true,
  value: "column=value",
  needs: "table",
} as const;

export const WHERE_FILE = {
  kind: "text",
  value: "file",
  needs: "table",
  description: "a file of such conditions, one a line: personal values then stand in no list of processes",
} as const;

/** @throws OpsError usage for a condition that cannot be read, and for a file without one */
export async function conditionsOf(
  { host }: { host: Pick<Host, "readInput"> },
  where: readonly string[],
  file: string | undefined,
): Promise<Condition[]> {
  const typed = where.map(parseCondition);
  if (file === undefined) return typed;
  const more = parseConditionFile(await host.readInput(file));
  if (more.length > 0) return [...typed, ...more];
  throw new OpsError("usage", `${file} holds no condition`, { expected: "<column>=<value>, one a line" });
}
