// One validator a kind, as standalone code that a cache keeps: loading it needs neither ajv nor the definitions.
// Says what is broken in ajv's terms; words are found elsewhere.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import type { ErrorObject } from "ajv";
import { ajvVersion, standalone } from "../standalone";
import { definitionBytes, definitionOf, definitions } from "./definitions";
import type { KubernetesVersion } from "./version";

export type Broken = Pick<ErrorObject, "keyword" | "instancePath" | "schemaPath" | "params">;
export type Validate = (value: unknown) => readonly Broken[];

/** Raised when the way of generating changes; the definitions and ajv's version are in the key by themselves. */
const GENERATION = 1;

const load = createRequire(__filename);

const loaded = new Map<string, Validate | undefined>();

/** @returns undefined for a type that has no definition */
export function validatorOf(type: string, version: KubernetesVersion): Validate | undefined {
  const key = `${version} ${type}`;
  if (!loaded.has(key)) loaded.set(key, read(type, version));
  return loaded.get(key);
}

let digest: string | undefined;

function nameOf(type: string, version: KubernetesVersion): string {
  digest ??= createHash("sha256")
    .update(`${GENERATION} ${ajvVersion()} `)
    .update(definitionBytes())
    .digest("hex")
    .slice(0, 16);
  return path.join("kubernetes", digest, version, `${type.replaceAll("/", "_")}.js`);
}

function read(type: string, version: KubernetesVersion): Validate | undefined {
  const validate = standalone(nameOf(type, version), () => {
    const definition = definitionOf(type, version);
    return definition === undefined ? undefined : codeOf(definition);
  });
  return validate && ((value) => (validate(value) ? [] : (validate.errors ?? [])));
}

/** ajv is loaded here only: it costs more than all else that a single file needs. */
function codeOf(definition: number): string {
  const { Ajv } = load("ajv") as typeof import("ajv");
  const { default: codeFor } = load("ajv/dist/standalone") as typeof import("ajv/dist/standalone");
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: false,
    validateSchema: false,
    validateFormats: false,
    unicodeRegExp: false,
    inlineRefs: false,
    code: { source: true },
  });
  ajv.addSchema({ $id: "kubernetes", definitions: definitions().definitions });
  return codeFor(ajv, ajv.getSchema(`kubernetes#/definitions/${definition}`)!);
}
