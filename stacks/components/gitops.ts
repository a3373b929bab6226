// Argo CD and its first application: the last thing that Pulumi puts into a cluster. Everything else comes from git.
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface GitOpsArgs {
  environment: string;
  /** Version of the argo-cd chart. */
  chart: string;
  repository: string;
  revision: string;
}

const NAMESPACE = "argocd";

export class GitOps extends pulumi.ComponentResource {
  constructor(name: string, args: GitOpsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:GitOps", name, {}, opts);
    const namespace = new kubernetes.core.v1.Namespace(
      name,
      { metadata: { name: NAMESPACE } },
      { parent: this },
    );
    const release = new kubernetes.helm.v3.Release(
      name,
      {
        name: "argocd",
        namespace: namespace.metadata.name,
        chart: "argo-cd",
        version: args.chart,
        repositoryOpts: { repo: "https://argoproj.github.io/argo-helm" },
        atomic: true,
        timeout: 600, // seconds
        values: {
          global: { nodeSelector: { purpose: "system" } },
          configs: { params: { "server.insecure": false }, cm: { "admin.enabled": false } },
        },
      },
      { parent: this },
    );
    new kubernetes.apiextensions.CustomResource(
      `${name}-root`,
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        metadata: { name: "root", namespace: NAMESPACE },
        spec: {
          project: "default",
          source: {
            repoURL: args.repository,
            targetRevision: args.revision,
            path: `k8s/rendered/${args.environment}/argocd`, // its application sets bring the other directories
          },
          destination: { server: "https://kubernetes.default.svc", namespace: NAMESPACE },
          syncPolicy: { automated: { prune: true, selfHeal: true } },
        },
      },
      { parent: this, dependsOn: release },
    );
    this.registerOutputs();
  }
}
