// Labels that every object carries: the recommended ones of Kubernetes, who answers for it, and where it runs.
import { PROJECT } from "../../stacks/environments";
import type { Target } from "../app";

/** Component of an app, as `app.kubernetes.io/component` names it. */
export type Component = "web" | "api" | "gateway" | "worker" | "job" | "platform";

export interface Labelled {
  name: string;
  component: Component;
  /** The role that answers for it, as in policies/service/integrations. */
  owner: string;
  /** Of the app; absent for what has none. */
  version?: string;
}

/** What finds an app's pods. Never changes: a selector is immutable. */
export function selectorOf({ name }: Pick<Labelled, "name">): Record<string, string> {
  return { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": PROJECT };
}

export function labelsOf(target: Target, labelled: Labelled): Record<string, string> {
  const { component, owner, version } = labelled;
  return {
    ...selectorOf(labelled),
    "app.kubernetes.io/component": component,
    "app.kubernetes.io/instance": `${labelled.name}-${target.environment.name}`,
    "app.kubernetes.io/managed-by": "argocd",
    ...(version === undefined ? {} : { "app.kubernetes.io/version": version }),
    environment: target.environment.name,
    owner,
  };
}
