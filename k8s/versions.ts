// Versions of the charts that are installed. The version of Kubernetes that everything here is written for is KUBERNETES of
// policies/engine/kubernetes/version.ts: rules and schemas go by it too.

export interface Chart {
  repository: string;
  chart: string;
  version: string;
}

/**
 * Charts of the add-ons' controllers. Versions seen in public repositories in 2026, never installed from here: read the
 * release notes before the first sync. Their CRDs are checked by policies/schemas/kubernetes.
 */
export const CHARTS = {
  "argo-rollouts": {
    repository: "https://argoproj.github.io/argo-helm",
    chart: "argo-rollouts",
    version: "2.40.5",
  },
  /** Answers Let's Encrypt through Alibaba Cloud DNS; a community's chart. */
  "alidns-webhook": {
    repository: "https://wjiec.github.io/alidns-webhook",
    chart: "alidns-webhook",
    version: "1.0.3",
  },
  "cert-manager": { repository: "https://charts.jetstack.io", chart: "cert-manager", version: "v1.21.2" },
  /** 2.0.0 removed the Alibaba Cloud provider as unmaintained: stay on 1.x until there is another way to KMS. */
  "external-secrets": {
    repository: "https://charts.external-secrets.io",
    chart: "external-secrets",
    version: "1.3.2",
  },
  monitoring: {
    repository: "https://prometheus-community.github.io/helm-charts",
    chart: "kube-prometheus-stack",
    version: "87.17.0",
  },
} as const satisfies Readonly<Record<string, Chart>>;
