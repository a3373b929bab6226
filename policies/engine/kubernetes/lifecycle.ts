// Which API versions are deprecated or gone, and what takes their place. Reads the generated data when first asked.
import { readFileSync } from "node:fs";
import path from "node:path";
import { isAtMost, KUBERNETES, type KubernetesVersion } from "./version";

export interface Lifecycle {
  state: "deprecated" | "removed";
  /** `Kubernetes 1.25`, or the release of the controller that says so. */
  since: string;
  /** For what is only deprecated: when it goes, where that is known. */
  until?: string;
  /** Type that takes its place, where there is one. */
  use?: string;
}

interface Stages {
  deprecated?: string;
  removed?: string;
  use?: string;
}

interface Generated {
  versions: Readonly<Record<string, Stages>>;
  custom: Readonly<Record<string, Stages>>;
}

let generated: Generated | undefined;

function data(): Generated {
  const file = path.resolve(__dirname, "../../schemas/kubernetes/lifecycle.json");
  generated ??= JSON.parse(readFileSync(file, "utf8")) as Generated;
  return generated;
}

/** @returns undefined for an API version that is neither, or that nobody here knows */
export function lifecycleOf(type: string, target: KubernetesVersion = KUBERNETES): Lifecycle | undefined {
  const { versions, custom } = data();
  const ofController = custom[type];
  const stages = ofController ?? versions[type];
  if (!stages) return undefined;
  const reached = (version: string | undefined): version is string =>
    version !== undefined && (ofController !== undefined || isAtMost(version, target));
  const named = (version: string): string => (ofController ? version : `Kubernetes ${version}`);
  const use = stages.use === undefined ? {} : { use: stages.use };
  if (reached(stages.removed)) return { state: "removed", since: named(stages.removed), ...use };
  if (!reached(stages.deprecated)) return undefined;
  const until = stages.removed === undefined ? {} : { until: named(stages.removed) };
  return { state: "deprecated", since: named(stages.deprecated), ...until, ...use };
}
