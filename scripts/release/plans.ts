// From what the user asked for to a plan: new versions, what staging runs, or what ran before. Effects: reading only.

import type { App, AppRelease } from "../../policies/service/releases";
import { parseRelease } from "../../policies/service/releases";
import { OpsError } from "../core/errors";
import { changedApps, type ReleaseCommit, restorable } from "./history";
import { planChange, planRelease, type ReleasePlan } from "./plan";
import type { Delivery } from "./port";
import type { EnvironmentState } from "./state";
import type { WantedVersion } from "./versions";

/** What goes to these environments ran in staging before. */
export const STAGED: readonly string[] = ["prod", "dr"];

/** @throws OpsError unknownTarget for a version that does not exist, usage */
export async function planShip(
  { versions }: Delivery,
  state: EnvironmentState,
  wanted: readonly WantedVersion[],
): Promise<ReleasePlan> {
  const found: Partial<Record<App, AppRelease>> = {};
  for (const { app, version } of wanted) {
    const resolved = await versions.resolve(app, version);
    if (!resolved) {
      const known = await versions.known(app);
      throw new OpsError("unknownTarget", `there is no ${app} ${version}`, {
        expected: known.length > 0 ? `one of ${known.join(", ")}` : "a version that was built and pushed",
      });
    }
    found[app] = resolved;
  }
  return planRelease(request(state, found));
}

/** @param apps only these; all when empty. @throws OpsError usage */
export async function planPromote(
  { releases }: Delivery,
  state: EnvironmentState,
  apps: readonly App[],
): Promise<ReleasePlan> {
  if (!STAGED.includes(state.environment)) {
    throw new OpsError("usage", `nothing is promoted to ${state.environment}`, {
      expected: `--env ${STAGED.join(" or --env ")}, which take the versions that staging runs`,
    });
  }
  const staging = parseRelease("staging", (await releases.current("staging")).text);
  const wanted = changedApps(state.release, { ...staging, environment: state.environment }).filter(
    (app) => apps.length === 0 || apps.includes(app),
  );
  return planRelease(request(state, Object.fromEntries(wanted.map((app) => [app, staging.apps[app]!]))));
}

export interface RollbackPlan {
  plan: ReleasePlan;
  /** The commit whose state is restored. */
  target: ReleaseCommit;
}

/** @param apps only these; all when empty. @throws OpsError usage when there is nothing to go back to */
export function planRollback(state: EnvironmentState, apps: readonly App[]): RollbackPlan {
  const chosen = apps.length > 0 ? apps : (Object.keys(state.release.apps) as App[]);
  const target = restorable(state.history, chosen);
  if (!target) {
    throw new OpsError("usage", `${state.environment} has no earlier release to go back to`, {
      expected: "a commit of its releases file with other versions",
      todo: "see `ops release status`",
    });
  }
  const wanted = Object.fromEntries(
    chosen.flatMap((app) => (target.release.apps[app] ? [[app, target.release.apps[app]]] : [])),
  );
  return { plan: planChange({ ...request(state, wanted), pending: [] }), target };
}

function request(
  { environment, base, release, pending }: EnvironmentState,
  wanted: Readonly<Partial<Record<App, AppRelease>>>,
): Parameters<typeof planRelease>[0] {
  return { environment, base, before: release, wanted, pending };
}
