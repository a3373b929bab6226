// What one app or add-on is: a name, a place, and a pure function from an environment to its objects.
import type { Contract } from "../policies/contract/contract";
import { APPS, type App as AppName, type AppRelease, type Release } from "../policies/service/releases";
import type { Integration } from "../policies/service/service";
import { ENVIRONMENTS, type Environment, type EnvironmentName } from "../stacks/environments";
import { SETTINGS, type Settings } from "./environments";
import type { Manifest } from "./manifest";

export interface App {
  /** Directory under `k8s/rendered/<environment>/`, and name of the Argo CD application. */
  name: string;
  project: "platform" | "workloads";
  /** Namespace that its objects go to unless they say otherwise. */
  namespace: string;
  /** What people should know of it, in one sentence. */
  summary: string;
  /** Environments that have it, by their settings. Default: all. */
  only?(settings: Settings): boolean;
  objects(target: Target): Manifest[];
}

/** What an environment is rendered from; everything that a builder may know. */
export interface Target {
  environment: Environment;
  settings: Settings;
  release: Release;
  integrations: readonly Integration[];
  contract: Contract;
  /** Every app and add-on of the environment, sorted by name. */
  apps: readonly App[];
}

/** Identity with the types checked: `export default defineApp({...})` in every file of k8s/apps and k8s/platform. */
export function defineApp(app: App): App {
  return app;
}

export function targetOf(
  environment: EnvironmentName,
  declared: Pick<Target, "release" | "integrations" | "contract" | "apps">,
): Target {
  const settings = SETTINGS[environment];
  const apps = declared.apps.filter(({ only }) => only?.(settings) ?? true);
  return { environment: ENVIRONMENTS[environment], settings, ...declared, apps };
}

/** Every environment that is rendered. The sandbox has no cluster. */
export const RENDERED: readonly EnvironmentName[] = ["prod", "staging", "dr"];

/** @throws Error when the release leaves the app out; the loader of releases has said so before */
export function releaseOf({ release }: Target, app: AppName): AppRelease {
  const found = release.apps[app];
  if (!found)
    throw new Error(`the release of ${release.environment} has no ${app}: expected ${APPS.join(", ")}`);
  return found;
}

/**
 * Where an integration is reached from here. An environment that takes over another's data takes over its partners too.
 * Undefined = it is not used here.
 */
export function endpointOf({ environment }: Target, { endpoints }: Integration): string | undefined {
  return endpoints[environment.name] ?? (environment.recovers && endpoints[environment.recovers]);
}
