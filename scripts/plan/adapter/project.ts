// The Pulumi project of a checkout: its programs, its configuration, its stacks. The checkout may be another commit's.
import { readdirSync } from "node:fs";
import { findSourceMap } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Project } from "./evaluate";

/** What `stacks/` of any commit must offer. */
interface Entry {
  program: () => Promise<Record<string, unknown>>;
}
interface Environments {
  PROJECT: string;
  STACKS: readonly string[];
  parseStack(stack: string): { environment: string; layer: string } | undefined;
}
interface Config {
  plannedConfig(stack: string, root: string): { values: Record<string, string>; secretKeys: string[] };
  checkFiles(stacks: readonly string[], root: string): void;
}

export interface LoadedProject extends Project {
  /** Permanent stacks in the order of creation, then drills that have a file. */
  stacks: readonly string[];
  /** @throws DeclarationError with all problems of all given stacks */
  check(stacks: readonly string[]): void;
}

/** Loaders differ in where they put the exports of a CommonJS module. */
async function load<T extends object>(file: string): Promise<T> {
  const module = (await import(file)) as { default?: T } & T;
  const inner = module.default;
  return typeof inner === "object" && inner !== null ? inner : module;
}

/** @param root of a checkout whose node_modules hold the packages, itself or a directory above it */
export async function loadProject(root: string): Promise<LoadedProject> {
  const at = (name: string): string => path.join(root, "stacks", `${name}.ts`);
  const [environments, config, entry] = [
    await load<Environments>(at("environments")),
    await load<Config>(at("config")),
    await load<Entry>(at("programs/index")),
  ];
  return {
    name: environments.PROJECT,
    stacks: [...environments.STACKS, ...drills(root)],
    check: (stacks) => config.checkFiles(stacks, root),
    locate: (uri, line, column) => locate(root, uri, line, column),
    config: (stack) => config.plannedConfig(stack, root),
    program: () => entry.program,
    place: (stack) => environments.parseStack(stack) ?? { environment: stack, layer: "" },
  };
}

/** Also of a drill that has no file yet: it is planned from the template. */
export async function isStack(root: string, name: string): Promise<boolean> {
  const { parseStack } = await load<Environments>(path.join(root, "stacks/environments.ts"));
  return parseStack(name) !== undefined;
}

/** Names of a checkout's stacks; none of its programs is loaded. */
export async function listStacks(root: string): Promise<string[]> {
  const { STACKS } = await load<Environments>(path.join(root, "stacks/environments.ts"));
  return [...STACKS, ...drills(root)];
}

function drills(root: string): string[] {
  return readdirSync(path.join(root, "stacks/config")).flatMap(
    (file) => /^Pulumi\.(drill-.+)\.yaml$/.exec(file)?.[1] ?? [],
  );
}

/** The sources run transpiled; the loader's source map leads back to the line that a person wrote. */
function locate(root: string, uri: string, line: number, column: number): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  const file = fileURLToPath(uri);
  const relative = path.relative(root, file);
  if (!relative.startsWith(`stacks${path.sep}`)) return undefined;
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  const original = entry && "originalLine" in entry ? entry.originalLine + 1 : line;
  return `${relative.split(path.sep).join("/")}:${original}`;
}
