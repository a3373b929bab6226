// The Infrastructure port: evaluates this checkout's stacks, or another commit's, without a cloud.
import { existsSync } from "node:fs";
import path from "node:path";
import { loadPrices } from "../../../policies/cloud/prices";
import { loadReplacements } from "../../../policies/cloud/replacements";
import type { Contract } from "../../../policies/contract/contract";
import { loadContract } from "../../../policies/contract/load";
import { declaredIn, loadDeclaredResources } from "../../../policies/contract/resources";
import { DeclarationError } from "../../../policies/engine/declaration";
import { OpsError } from "../../core/errors";
import { checkOutCommit, resolveCommit } from "../../machine/checkout";
import type { Host } from "../../machine/port";
import type { StackPlan } from "../model";
import type { Infrastructure } from "../port";
import { type LoadedProject, loadProject } from "./project";

/** @param contract for whoever has read it already */
export function createInfrastructure(
  host: Host,
  root: string,
  contract: () => Contract = () => loadContract(root),
): Infrastructure {
  let own: Promise<LoadedProject> | undefined;
  const project = (): Promise<LoadedProject> => (own ??= loadProject(root));
  return {
    stacks: async () => (await project()).stacks,
    evaluate: async (stacks) => evaluate(await project(), stacks),
    async evaluateAt(ref, stacks) {
      const commit = await resolveCommit(host, root, ref);
      const directory = await checkOutCommit(host, root, commit);
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
    declaredFor: (environment) => declaredIn(loadDeclaredResources(root, contract()), environment),
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
