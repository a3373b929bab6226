// What a release changes: per app from which version and digest to which, and the digest that approvals name.
import { createHash } from "node:crypto";
import { APPS, type App, type AppRelease, type Release } from "../../policies/service/releases";
import { OpsError } from "../core/errors";
import type { Changeset } from "./changesets";
import { changedApps } from "./history";
import { isPrerelease, largest, objection } from "./versions";

export interface AppChange {
  app: App;
  from: AppRelease | undefined;
  to: AppRelease;
}

export interface ReleasePlan {
  environment: string;
  /** Commit of the environment's file that it is made from. */
  base: string;
  before: Release;
  after: Release;
  changes: readonly AppChange[];
  /** Of the changed apps only; what is released with them. */
  changesets: readonly Changeset[];
  /** Over environment, before and after: approvals name it, so that they hold for this release and no other. */
  digest: string;
}

export interface PlanRequest {
  environment: string;
  base: string;
  before: Release;
  wanted: Readonly<Partial<Record<App, AppRelease>>>;
  /** Those that the environment has not released yet. */
  pending: readonly Changeset[];
}

function canonical({ apps }: Release): unknown {
  return APPS.flatMap((app) => {
    const found = apps[app];
    return found ? [[app, found.version, found.image, found.digest]] : [];
  });
}

/** `sha256:…` over what the environment ran and will run. */
export function releaseDigest(before: Release, after: Release): string {
  const text = JSON.stringify([after.environment, canonical(before), canonical(after)]);
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** Without rules about versions: a rollback may go down. @throws OpsError usage when nothing changes */
export function planChange({ environment, base, before, wanted, pending }: PlanRequest): ReleasePlan {
  const after: Release = { environment, apps: { ...before.apps, ...wanted } };
  const changed = changedApps(before, after);
  if (changed.length === 0) {
    throw new OpsError("usage", `${environment} already runs these versions`, {
      expected: "at least one version that it does not run",
      todo: "`ops release status` shows what runs",
    });
  }
  const changes = changed.map((app) => ({ app, from: before.apps[app], to: after.apps[app]! }));
  const changesets = pending.filter(({ bumps }) => changed.some((app) => bumps[app] !== undefined));
  return { environment, base, before, after, changes, changesets, digest: releaseDigest(before, after) };
}

/** A step forward. @throws OpsError usage naming every app whose version may not follow */
export function planRelease(request: PlanRequest): ReleasePlan {
  const plan = planChange(request);
  const objections = plan.changes.flatMap(({ app, from, to }) => {
    const bump = largest(plan.changesets.flatMap(({ bumps }) => bumps[app] ?? []));
    const why =
      request.environment === "prod" && isPrerelease(to.version)
        ? `${to.version} is a prerelease`
        : objection(from?.version, to.version, bump);
    return why ? [`${app}: ${why}`] : [];
  });
  if (objections.length === 0) return plan;
  throw new OpsError("usage", objections.join("; "), { expected: "versions that follow those that run" });
}

/** `learning-web 1.0.0 → 1.1.0` */
export function showChange({ app, from, to }: AppChange): string {
  return `${app} ${from ? `${from.version} → ` : ""}${to.version}`;
}
