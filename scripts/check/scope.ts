// What a check is about: everything, some paths, what is deployed; and the same as of a commit before.
import type { Surface } from "../../policies/engine/subject";
import { OpsError } from "../core/errors";
import type { PlanTools } from "../plan/port";
import { checkCommit, checkDeployed, checkFiles, checkRepository } from "./check";
import { type Comparison, compare } from "./compare";
import type { CheckTools } from "./port";
import { onlySurface, type Report, within } from "./report";

type Tools = CheckTools & PlanTools;

/** What is checked. */
export interface Scope {
  paths: readonly string[];
  surface?: Surface | undefined;
  preview?: string | undefined;
  state?: string | undefined;
}

/** @returns the report, and whether it speaks of the whole repository */
export async function checkScope(
  context: Tools,
  { paths, surface, preview, state }: Scope,
  date: string,
): Promise<[Report, boolean]> {
  const deployed = preview ?? state;
  if (deployed !== undefined) {
    if (surface && surface !== "stack")
      throw new OpsError("usage", "a preview or a state is checked alone", {
        expected: "one of --preview and --state, without another surface",
      });
    return [await checkDeployed(context, deployed, date), false];
  }
  const narrow = (report: Report): Report => (surface ? onlySurface(report, surface) : report);
  if (paths.length === 0) return [narrow(await checkRepository(context, date)), surface === undefined];
  return [narrow(await checkPaths(context, paths, surface, date)), false];
}

async function checkPaths(
  context: Tools,
  named: readonly string[],
  surface: Surface | undefined,
  date: string,
): Promise<Report> {
  const located = named.map((path) => context.subjects.locate(path));
  const outside = located.filter(({ inside }) => !inside);
  if (outside.length === 0) {
    const paths = located.map(({ path }) => path);
    const whole = await checkRepository(context, date);
    return paths.includes("") ? whole : within(whole, paths);
  }
  if (outside.length < located.length)
    throw new OpsError("usage", "paths inside and outside the repository at once", { expected: "one kind" });
  const files = outside.flatMap((each) => each.files);
  return await checkFiles(context, files, surface ?? "kubernetes", date);
}

export async function compareScope(
  context: Tools,
  { paths, surface }: Scope,
  base: string,
  report: Report,
  date: string,
): Promise<Comparison> {
  const { commit, report: whole } = await checkCommit(context, base, date);
  const located = paths.map((path) => context.subjects.locate(path).path);
  const there = located.length > 0 && !located.includes("") ? within(whole, located) : whole;
  return compare(surface ? onlySurface(there, surface) : there, report, commit);
}
