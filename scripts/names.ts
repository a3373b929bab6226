// What exists by name, for the command line: it refuses unknown names and completes known ones. Reads lists of files, loads nothing
// that is not asked for.
import { readdirSync } from "node:fs";
import path from "node:path";
import { ruleFiles } from "../policies/engine/rules";
import platformSchema from "../policies/schemas/platform.schema.json";
import { listPlatforms } from "../policies/service/load";
import { APPS } from "../policies/service/releases";
import type { Known, Names } from "./cli/values";
import type { Nameable } from "./core/arguments";
import { createHost } from "./machine";
import { isStack, listStacks } from "./plan/adapter/project";
import { createManifests } from "./render/adapter";

export function createNames(root: string): Names {
  const sources: Readonly<Record<Nameable, () => Promise<Known> | Known>> = {
    platform: () => ({ names: listPlatforms(root) }),
    environment: () => ({ names: platformSchema.properties.environment.enum }),
    cluster: async () => ({ names: await createManifests(createHost(), root).environments() }),
    // A drill's stack is planned from a template before it has a file.
    stack: async () => ({ names: await listStacks(root), has: (name) => isStack(root, name) }),
    rule: () => ({
      names: ruleFiles()
        .map((file) => path.basename(file, ".ts"))
        .sort(),
    }),
    workflow: () => ({ names: yamlFiles(path.join(root, ".github/workflows")) }),
    commit: async () => ({
      names: (await git(root, "for-each-ref", "--format=%(refname:short)", "--count=100")).split("\n"),
      has: async (ref) =>
        (await git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`)) !== "",
    }),
    app: () => ({ names: APPS }),
    gate: async () => ({ names: (await import("./release/gates/index.js")).GATES.map(({ name }) => name) }),
  };
  return async (what) => await sources[what]();
}

/** @returns nothing where git says no */
async function git(root: string, ...args: string[]): Promise<string> {
  const { exitCode, stdout } = await createHost().run("git", args, { cwd: root });
  return exitCode === 0 ? stdout.trim() : "";
}

function yamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => path.basename(file, ".yaml"))
    .sort();
}
