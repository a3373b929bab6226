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
import { findCommit } from "./machine/checkout";
import type { Host } from "./machine/port";
import { isStack, listStacks } from "./plan/adapter/project";
import { GATES } from "./release/gates";
import { createManifests } from "./render/adapter";

export function createNames(root: string): Names {
  const host = createHost();
  const sources: Readonly<Record<Nameable, () => Promise<Known> | Known>> = {
    platform: () => ({ names: listPlatforms(root) }),
    environment: () => ({ names: platformSchema.properties.environment.enum }),
    cluster: async () => ({ names: await createManifests(host, root).environments() }),
    // A drill's stack is planned from a template before it has a file.
    stack: async () => ({ names: await listStacks(root), has: (name) => isStack(root, name) }),
    rule: () => ({
      names: ruleFiles()
        .map((file) => path.basename(file, ".ts"))
        .sort(),
    }),
    workflow: () => ({ names: yamlFiles(path.join(root, ".github/workflows")) }),
    commit: async () => ({
      names: await references(host, root),
      has: async (ref) => (await findCommit(host, root, ref)) !== undefined,
    }),
    app: () => ({ names: APPS }),
    gate: () => ({ names: GATES.map(({ name }) => name) }),
  };
  return async (what) => await sources[what]();
}

/** Branches and tags. */
async function references(host: Host, root: string): Promise<string[]> {
  const args = ["for-each-ref", "--format=%(refname:short)", "--count=100"];
  return (await host.run("git", args, { cwd: root })).stdout.trim().split("\n");
}

function yamlFiles(directory: string): string[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => path.basename(file, ".yaml"))
    .sort();
}
