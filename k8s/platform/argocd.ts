// What Argo CD may do and what it applies: a project for what we run and one for what runs it, and an application for every
// directory under k8s/rendered/<environment>. The root application (stacks/components/gitops.ts) applies this directory.
import { type App, defineApp, type Target } from "../app";
import { REPOSITORY } from "../environments";
import type { ApplicationSet, AppProject } from "../kinds/argo";
import type { Manifest } from "../manifest";
import { CLUSTER, SYNC_POLICY } from "../parts/chart";
import { labelsOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import { CHARTS } from "../versions";

const NAME = "argocd";
type Project = App["project"];

/** Kinds that an app may bring. No Secret, no Role, nothing of the cluster: those need the platform's project. */
const WORKLOAD_KINDS: readonly [group: string, kinds: readonly string[]][] = [
  ["", ["PersistentVolumeClaim", "Service", "ServiceAccount"]],
  ["apps", ["Deployment"]],
  ["argoproj.io", ["Rollout"]],
  ["autoscaling", ["HorizontalPodAutoscaler"]],
  ["batch", ["CronJob"]],
  ["cert-manager.io", ["Certificate"]],
  ["external-secrets.io", ["ExternalSecret"]],
  ["monitoring.coreos.com", ["PodMonitor"]],
  ["networking.k8s.io", ["Ingress", "NetworkPolicy"]],
  ["policy", ["PodDisruptionBudget"]],
];

const metadata = (target: Target, name: string) => ({
  name,
  namespace: NAMESPACES.argocd,
  labels: labelsOf(target, { name: NAME, component: "platform", owner: "platform-engineer" }),
});

function workloads(target: Target): AppProject {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: metadata(target, "workloads"),
    spec: {
      description: "What learners use and the operation's own jobs",
      sourceRepos: [REPOSITORY.url],
      destinations: [NAMESPACES.learning, NAMESPACES.operations].map((namespace) => ({
        server: CLUSTER,
        namespace,
      })),
      clusterResourceWhitelist: [],
      namespaceResourceWhitelist: WORKLOAD_KINDS.flatMap(([group, kinds]) =>
        kinds.map((kind) => ({ group, kind })),
      ),
      // A migration during a backup makes the backup fail. A person may still sync: an emergency has no window.
      syncWindows: [
        {
          kind: "deny",
          schedule: "0 2 * * *",
          duration: "3h",
          timeZone: "Asia/Shanghai",
          applications: ["*"],
          manualSync: true,
        },
      ],
    },
  };
}

function platform(target: Target): AppProject {
  const repositories = new Set(Object.values(CHARTS).map(({ repository }) => repository));
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: metadata(target, "platform"),
    spec: {
      description: "What runs the workloads: controllers, namespaces, policies, alerts",
      sourceRepos: [REPOSITORY.url, ...repositories],
      destinations: [{ server: CLUSTER, namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
}

function applications(target: Target, project: Project): ApplicationSet {
  const directory = `k8s/rendered/${target.environment.name}`;
  const elements = target.apps
    // Argo CD's own directory is the root application's.
    .filter((app) => app.project === project && app.name !== NAME)
    .map(({ name, namespace, summary }) => ({ name, namespace, summary }));
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: metadata(target, project),
    spec: {
      goTemplate: true,
      goTemplateOptions: ["missingkey=error"],
      generators: [{ list: { elements } }],
      // An application set that is lost must not take what runs along.
      syncPolicy: { preserveResourcesOnDeletion: true },
      template: {
        metadata: {
          name: "{{.name}}",
          labels: { environment: target.environment.name },
          annotations: { "netedu.example/why": "{{.summary}}" },
        },
        spec: {
          project,
          source: {
            repoURL: REPOSITORY.url,
            targetRevision: REPOSITORY.revision,
            path: `${directory}/{{.name}}`,
          },
          destination: { server: CLUSTER, namespace: "{{.namespace}}" },
          // Written by Argo Rollouts while a canary runs.
          ...(project === "workloads"
            ? {
                ignoreDifferences: [
                  {
                    group: "",
                    kind: "Service",
                    jsonPointers: ["/spec/selector/rollouts-pod-template-hash"],
                  },
                ],
              }
            : {}),
          syncPolicy:
            project === "workloads"
              ? {
                  ...SYNC_POLICY,
                  syncOptions: [...SYNC_POLICY.syncOptions, "RespectIgnoreDifferences=true"],
                }
              : SYNC_POLICY,
        },
      },
    },
  };
}

export default defineApp({
  name: NAME,
  project: "platform",
  namespace: NAMESPACES.argocd,
  summary: "What Argo CD applies, from where, and what it may touch",
  objects: (target): Manifest[] => [
    workloads(target),
    platform(target),
    applications(target, "workloads"),
    applications(target, "platform"),
  ],
});
