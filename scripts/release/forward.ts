// What a release means for an environment: staging takes the versions that are named, production what staging runs.
import { OpsError } from "../core/errors";
import type { Operated } from "../core/tools";
import type { ReleasePlan } from "./plan";
import { showChange } from "./plan";
import { planPromote, planShip, STAGED } from "./plans";
import type { ReleaseTools } from "./port";
import type { EnvironmentState } from "./state";
import { parseApps, parseVersions, type WantedVersion } from "./versions";

/** @param names none: all apps */
export function appsOf(names: readonly string[]): ReturnType<typeof parseApps> {
  return names.length === 0 ? [] : parseApps(names.join(","));
}

function wantedOf(versions: readonly string[]): WantedVersion[] {
  if (versions.length > 0) return parseVersions(versions.join(","));
  throw new OpsError("usage", "no version was named", {
    expected: "app=version, several with commas",
    todo: "e.g. `ops release ship learning-web=1.1.0`",
  });
}

/** What goes to production comes from staging and from nowhere else. @throws OpsError usage */
export async function planForward(
  { delivery, environment }: ReleaseTools & Pick<Operated, "environment">,
  versions: readonly string[],
  state: EnvironmentState,
): Promise<ReleasePlan> {
  if (!STAGED.includes(environment)) return planShip(delivery, state, wantedOf(versions));
  if (versions.some((version) => version.includes("="))) {
    const given = versions.join(",");
    throw new OpsError(
      "usage",
      `${environment} takes the versions that staging runs, not versions of its own`,
      {
        expected: "ship to staging first",
        todo: `ops release ship ${given} --env staging, then ops release promote --env ${environment}`,
      },
    );
  }
  return planPromote(delivery, state, appsOf(versions));
}

/** A release in sentences. @param how rollouts go on here */
export function stepsOf(plan: ReleasePlan, kind: "ship" | "promote" | "rollback", how: string): string[] {
  const back = kind === "rollback";
  return [
    `${kind} to ${plan.environment}: ${plan.changes.map(showChange).join(", ")}`,
    back ? "ask whether the schema allows it" : "ask every gate; stop when one does not pass",
    "commit the new versions to the environment's releases file, on a branch, and take it to the main branch",
    back
      ? `change versions at once (${how})`
      : `let the new version in step by step, watch it, abort on regression (${how})`,
    "when aborted, declare again what serves; write notes and evidence",
  ];
}
