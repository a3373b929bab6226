// A job as a user types it, in process: parsed by the real command line, then run on what a test gives it for the world.
import { type Invocation, parseCommandLine } from "../../../scripts/cli/command-line";
import type { Names } from "../../../scripts/cli/values";
import { OpsError } from "../../../scripts/core/errors";
import type { Job } from "../../../scripts/core/job";
import type { Outcome } from "../../../scripts/core/outcome";
import { given } from "../../given";

/** For tests of what is done with a name, not of whether it exists. */
export const anyName: Names = async () => ({ names: [], has: async () => true });

/** @throws OpsError usage also where commander has printed why */
export async function typed<Tools>(
  job: Job<Tools>,
  words: readonly string[],
  names = anyName,
): Promise<Invocation<Tools>> {
  const parsed = await parseCommandLine([job], [job.name, ...words], { names, version: "0.0.0" });
  if (typeof parsed !== "number") return parsed;
  throw new OpsError("usage", `exit ${parsed}`);
}

export async function runLine<Tools extends object>(
  tools: Partial<Tools>,
  job: Job<Tools>,
  ...words: string[]
): Promise<Outcome> {
  const { command, args } = await typed(job, words);
  return await command.run(given<Tools>(tools), args);
}

export async function planLine<Tools extends object>(
  tools: Partial<Tools>,
  job: Job<Tools>,
  ...words: string[]
): Promise<string[]> {
  const { command, args } = await typed(job, words);
  return await command.plan(given<Tools>(tools), args);
}
