// The namespaces of the cluster by what lives in them. Made by k8s/platform/namespaces.ts.

export const NAMESPACES = {
  /** What learners and partners talk to, and the workers behind it. */
  learning: "learning",
  /** The operation's own jobs. */
  operations: "operations",
  monitoring: "monitoring",
  /** Made by Pulumi (stacks/components/gitops.ts), not from here. */
  argocd: "argocd",
  rollouts: "argo-rollouts",
  certificates: "cert-manager",
  secrets: "external-secrets",
} as const;
