// An exported Pulumi state (`pulumi stack export`) as a plan, so that what was deployed can be compared with what is declared.
// Pure: text in, plan out.
import { OpsError } from "../core/errors";
import type { PlannedResource, PlannedValue, StackPlan } from "./model";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

interface Exported {
  deployment?: { resources?: readonly Record<string, unknown>[] };
}

const object = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function value(found: unknown): PlannedValue {
  if (Array.isArray(found)) return found.map(value);
  if (typeof found !== "object" || found === null) return (found ?? null) as PlannedValue;
  const fields = object(found);
  if (fields[SIGNATURE] === SECRET) return { secret: true, fingerprint: text(fields.ciphertext) };
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => name !== "__defaults")
      .map(([name, child]) => [name, value(child)]),
  );
}

function resource(found: Record<string, unknown>): PlannedResource {
  const urn = text(found.urn);
  const inputs = value(object(found.inputs)) as Record<string, PlannedValue>;
  const dependencies = Object.entries(object(found.propertyDependencies)).map(([name, urns]) => [
    name,
    list(urns),
  ]);
  return {
    urn,
    type: text(found.type),
    name: urn.split("::").at(-1) ?? "",
    custom: found.custom === true,
    parent: text(found.parent),
    provider: text(found.provider),
    inputs,
    options: {
      protect: found.protect === true,
      retainOnDelete: found.retainOnDelete === true,
      ignoreChanges: [],
      replaceOnChanges: [],
      deleteBeforeReplace: false,
      importId: text(found.importID),
    },
    aliases: list(found.aliases),
    dependencies: list(found.dependencies),
    propertyDependencies: Object.fromEntries(dependencies) as Record<string, string[]>,
  };
}

/** @param file for messages. @throws OpsError config when it is no exported state of one stack */
export function parseState(file: string, content: string): StackPlan {
  const refuse = (found: string): OpsError =>
    new OpsError("config", `${file}: ${found}`, {
      expected: "the output of `pulumi stack export`",
      todo: "pulumi stack export --stack <stack> --file <file>",
    });
  let parsed: Exported;
  try {
    parsed = object(JSON.parse(content)) as Exported;
  } catch (cause) {
    throw refuse(`not valid JSON (${cause instanceof Error ? cause.message : String(cause)})`);
  }
  const resources = parsed.deployment?.resources;
  if (!Array.isArray(resources)) throw refuse("there is no deployment.resources");
  // Pending deletions are on their way out; the live resource has an entry of its own.
  const live = resources.map(object).filter((found) => found.delete !== true);
  const stacks = [...new Set(live.map(({ urn }) => /^urn:pulumi:([^:]+)::/.exec(text(urn))?.[1]))];
  const [stack] = stacks;
  if (stacks.length !== 1 || stack === undefined) throw refuse(`resources of ${stacks.length} stacks`);
  const [environment = stack, layer = ""] = stack.split(/-(?=[^-]+$)/);
  return { stack, environment, layer, resources: live.map(resource), outputs: {}, references: [] };
}
