// The manifests that are committed under k8s/rendered, as tests look at them: whole, or with one thing changed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { readManifests } from "../../../../policies/engine/kubernetes/read";
import type { Subject } from "../../../../policies/engine/subject";

const ROOT = path.resolve(__dirname, "../../../..");
const FOLDER = "k8s/rendered";
/** False where the manifests are not there (yet): what is about them then skips. */
export const isRendered = existsSync(path.join(ROOT, FOLDER));

/** Relative to the repository, of every environment or of one. */
export function renderedFiles(environment = ""): string[] {
  if (!isRendered) return [];
  const folder = path.posix.join(FOLDER, environment);
  return readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => path.posix.join(folder, file.split(path.sep).join("/")))
    .sort();
}

export function textOf(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** @throws Error when a file cannot be read as manifests */
export function subjectsIn(file: string, text = textOf(file)): Subject[] {
  const { subjects, problems } = readManifests(file, text);
  if (problems.length > 0) throw new Error(`${file}: ${problems[0]!.message}`);
  return subjects;
}

type Json = Record<string, unknown>;

/**
 * The only object of a file with one value set (`undefined` removes it). A path's step is a key, an index, or "-" for the end.
 * @throws Error when the path leads through something that is not there
 */
export function changed(file: string, steps: readonly (string | number)[], value: unknown): Subject {
  const [original] = subjectsIn(file);
  const properties = structuredClone(original!.properties) as Json;
  let parent: Json = properties;
  for (const step of steps.slice(0, -1)) {
    const next = parent[step];
    if (typeof next !== "object" || next === null) throw new Error(`${file} has no ${steps.join(".")}`);
    parent = next as Json;
  }
  const last = steps.at(-1)!;
  if (Array.isArray(parent) && last === "-") parent.push(value);
  else if (value === undefined) delete parent[last];
  else parent[last] = value;
  return subjectsIn(file, JSON.stringify(properties))[0]!;
}
