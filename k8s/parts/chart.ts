// A controller that is installed from its own Helm chart: an Argo CD application that points at the chart. Only here is a
// chart used; nothing of ours is a template.
import type { Target } from "../app";
import type { Application } from "../kinds/argo";
import type { Chart } from "../versions";
import { labelsOf } from "./labels";
import { NAMESPACES } from "./namespaces";
import { CONTAINER_SECURITY } from "./pod";

/** This cluster, as Argo CD names it. */
export const CLUSTER = "https://kubernetes.default.svc";

export const SYNC_POLICY = {
  automated: { prune: true, selfHeal: true },
  // Half an hour: controllers, their CRDs and namespaces find each other without an order.
  retry: { limit: 10, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } },
  // Server-side apply: CRDs are too large for the annotation of the other kind, and the autoscaler owns its field.
  syncOptions: ["ServerSideApply=true", "CreateNamespace=false", "PruneLast=true"],
};

/** Where controllers run: beside Argo CD, away from what they control. */
export const SYSTEM_NODES = { nodeSelector: { purpose: "system" } };

/** What charts call a container's securityContext; the image decides which user. */
export const CHART_SECURITY = CONTAINER_SECURITY;

/** An object whose CRD comes with the chart: not there yet when Argo CD tries it for the first time. */
export const AFTER_ITS_CRD = { "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true" };

export interface Installed {
  name: string;
  namespace: string;
  chart: Chart;
  values: Record<string, unknown>;
}

export function chartApplication(target: Target, { name, namespace, chart, values }: Installed): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name: `${name}-chart`,
      namespace: NAMESPACES.argocd,
      labels: labelsOf(target, { name, component: "platform", owner: "platform-engineer" }),
      annotations: { "argocd.argoproj.io/sync-wave": "-1" },
    },
    spec: {
      project: "platform",
      source: {
        repoURL: chart.repository,
        chart: chart.chart,
        targetRevision: chart.version,
        helm: { releaseName: name, valuesObject: values },
      },
      destination: { server: CLUSTER, namespace },
      syncPolicy: SYNC_POLICY,
    },
  };
}
