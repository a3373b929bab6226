// The generated definitions of kinds: which there are, and what a place in one allows. Reads its file when first asked.
// Validates nothing.
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Path } from "../subject";
import type { KubernetesVersion } from "./version";

/** JSON Schema, as much of it as generate.mjs writes. */
export interface Definition {
  $ref?: string;
  type?: string | readonly string[];
  properties?: Readonly<Record<string, Definition>>;
  additionalProperties?: false | Definition;
  items?: Definition;
  required?: readonly string[];
  enum?: readonly unknown[];
  pattern?: string;
}

interface Generated {
  kinds: Readonly<Record<KubernetesVersion | "custom", Readonly<Record<string, number>>>>;
  definitions: readonly Definition[];
}

const FILE = path.resolve(__dirname, "../../schemas/kubernetes/definitions.json");

let bytes: Buffer | undefined;
let generated: Generated | undefined;

/** The file as it is, for whoever wants its digest only. */
export function definitionBytes(): Buffer {
  bytes ??= readFileSync(FILE);
  return bytes;
}

export function definitions(): Generated {
  generated ??= JSON.parse(definitionBytes().toString("utf8")) as Generated;
  return generated;
}

/** Number of a kind's definition. @param type `apps/v1/Deployment` */
export function definitionOf(type: string, version: KubernetesVersion): number | undefined {
  const { kinds } = definitions();
  const of = Object.hasOwn(kinds[version], type) ? kinds[version] : kinds.custom;
  return Object.hasOwn(of, type) ? of[type] : undefined;
}

/** Every type that a version and its controllers know. */
export function typesOf(version: KubernetesVersion): string[] {
  const { kinds } = definitions();
  return [...Object.keys(kinds[version]), ...Object.keys(kinds.custom)];
}

/** What stands at a path of a kind; undefined where nothing is declared. */
export function definitionAt(root: number, steps: Path): Definition | undefined {
  let at = resolved(definitions().definitions[root]);
  for (const step of steps) {
    if (!at) return undefined;
    const named = at.properties && Object.hasOwn(at.properties, step) ? at.properties[step] : undefined;
    at = resolved(typeof step === "number" ? at.items : (named ?? (at.additionalProperties || undefined)));
  }
  return at;
}

function resolved(definition: Definition | undefined): Definition | undefined {
  if (!definition?.$ref) return definition;
  return definitions().definitions[Number(definition.$ref.slice("#/definitions/".length))];
}
