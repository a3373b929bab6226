// The Infrastructure port: evaluates this checkout's stacks, or another commit's, without a cloud.
import { existsSync } from "node:fs";
import path from "node:path";
import { loadPrices } from "../../../policies/cloud/prices";
import { loadReplacements } from "../../../policies/cloud/replacements";
import { DeclarationError } from "../../../policies/engine/declaration";
import { OpsError } from "../../domain/errors";
import type { StackPlan } from "../../domain/plan/model";
import type { Host, Infrastructure } from "../../ports";
import { type LoadedProject, loadProject } from "./project";

export function createInfrastructure(host: Host, root: string): Infrastructure {
  let own: Promise<LoadedProject> | undefined;
  const project = (): Promise<LoadedProject> => (own ??= loadProject(root));
  return {
    stacks: async () => (await project()).stacks,
    evaluate: async (stacks) => evaluate(await project(), stacks),
    async evaluateAt(ref, stacks) {
      const commit = await resolve(host, root, ref);
      const directory = await checkOut(host, root, commit);
      if (!existsSync(path.join(directory, "stacks/index.ts"))) return { commit, plans: [] };
      const earlier = await loadProject(directory).catch((cause: unknown) => {
        throw new OpsError("config", `the stacks of ${ref} cannot be loaded by this version`, {
          expected: "stacks/environments.ts, config.ts and programs/index.ts as they are now",
          todo: "compare with a later commit",
          cause,
        });
      });
      const existing = stacks.filter((stack) => earlier.stacks.includes(stack) || stack.startsWith("drill-"));
      return { commit, plans: await evaluate(earlier, existing) };
    },
    replacements: () => loadReplacements(root),
    prices: () => loadPrices(root),
  };
}

async function evaluate(project: LoadedProject, stacks: readonly string[]): Promise<StackPlan[]> {
  project.check(stacks);
  // Loaded only now: no other command pays for Pulumi's packages.
  const { Evaluator } = await import("./evaluate.js");
  try {
    return await new Evaluator(project).evaluate(stacks);
  } catch (error) {
    if (error instanceof DeclarationError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new OpsError("config", `the stacks cannot be evaluated: ${message}`, { cause: error });
  }
}

async function resolve(host: Host, root: string, ref: string): Promise<string> {
  const found = await host.run("git", ["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`], {
    cwd: root,
  });
  if (found.exitCode === 0) return found.stdout.trim();
  throw new OpsError("usage", `git does not know the commit ${ref}`, {
    expected: "a branch, a tag or a commit of this repository",
    todo: `git fetch, or see \`git log\``,
  });
}

/** Below the checkout, so that its packages are found; by commit, so that it never has to be refreshed. */
async function checkOut(host: Host, root: string, commit: string): Promise<string> {
  const directory = path.join(root, ".ops/plan", commit);
  if (existsSync(directory)) return directory;
  const partial = `${directory}.${process.pid}`;
  await host.makeDirectory(partial);
  const archive = `${partial}.tar`;
  const steps = [
    ["git", ["archive", "--format=tar", "-o", archive, commit]],
    ["tar", ["-xf", archive, "-C", partial]],
    ["mv", [partial, directory]],
  ] as const;
  for (const [program, args] of steps) {
    const done = await host.run(program, args, { cwd: root });
    if (done.exitCode !== 0) throw new OpsError("missing", `${program} failed: ${done.stderr.trim()}`);
  }
  await host.removeTree(archive);
  return directory;
}
