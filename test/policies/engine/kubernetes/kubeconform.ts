// kubeconform (github.com/yannh/kubeconform) beside our validators, given the same definitions: its verdicts are a second
// opinion on how YAML is read and schemas are applied. Not part of the product; found on PATH or not at all.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import {
  type Definition,
  definitionOf,
  definitions,
  typesOf,
} from "../../../../policies/engine/kubernetes/definitions";
import type { KubernetesVersion } from "../../../../policies/engine/kubernetes/version";

export const hasKubeconform = spawnSync("kubeconform", ["-v"]).status === 0;

const TEMPLATE = "{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json";

/** One file a kind with every reference put in place, as kubeconform wants them. */
export function writeSchemas(folder: string, version: KubernetesVersion): void {
  mkdirSync(folder, { recursive: true });
  const inlined = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inlined);
    if (typeof value !== "object" || value === null) return value;
    const { $ref } = value as Definition;
    if (typeof $ref === "string") return inlined(definitions().definitions[Number($ref.split("/").at(-1))]);
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, inlined(child)]));
  };
  for (const type of typesOf(version)) {
    const [kind, apiVersion, named] = type.split("/").reverse();
    const group = named ?? apiVersion; // what kubeconform calls the group of the core kinds
    const schema = inlined(definitions().definitions[definitionOf(type, version)!]) as object;
    const file = `${group}_${apiVersion}_${kind!.toLowerCase()}.json`;
    writeFileSync(path.join(folder, file), JSON.stringify(schema));
  }
}

export function kubeconformArguments(schemas: string, workers?: number): string[] {
  const parallel = workers === undefined ? [] : ["-n", String(workers)];
  return ["-strict", "-schema-location", path.join(schemas, TEMPLATE), ...parallel];
}

/** Files with something that it refuses. @throws Error when it could not run */
export function refusedByKubeconform(schemas: string, folder: string): Set<string> {
  const args = [...kubeconformArguments(schemas), "-output", "json", folder];
  const { stdout, stderr } = spawnSync("kubeconform", args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (!stdout.includes('"resources"')) throw new Error(`kubeconform: ${stderr}`);
  const { resources } = JSON.parse(stdout) as { resources: { filename: string; status: string }[] };
  return new Set(
    resources
      .filter(({ status }) => status === "statusInvalid" || status === "statusError")
      .map(({ filename }) => path.relative(folder, filename)),
  );
}
