// Kinds of Argo CD and Argo Rollouts, as far as they are declared here. Written by hand from their CRDs: @pulumi/kubernetes
// has built-in kinds only. A field that is not here is a field that nobody has looked up.
import type { Manifest, PodTemplateSpec } from "../manifest";

export interface AppProject extends Manifest {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "AppProject";
  spec: {
    description: string;
    sourceRepos: string[];
    destinations: { server: string; namespace: string }[];
    clusterResourceWhitelist: { group: string; kind: string }[];
    namespaceResourceWhitelist?: { group: string; kind: string }[];
    syncWindows?: {
      kind: "allow" | "deny";
      schedule: string;
      duration: string;
      timeZone: string;
      applications: string[];
      manualSync: boolean;
    }[];
  };
}

interface SyncPolicy {
  automated: { prune: boolean; selfHeal: boolean };
  retry: { limit: number; backoff: { duration: string; factor: number; maxDuration: string } };
  syncOptions: string[];
}

interface ApplicationSpec {
  project: string;
  source: {
    repoURL: string;
    targetRevision: string;
    path?: string;
    chart?: string;
    helm?: { releaseName: string; valuesObject: Record<string, unknown> };
  };
  destination: { server: string; namespace?: string };
  ignoreDifferences?: { group: string; kind: string; jsonPointers: string[] }[];
  syncPolicy: SyncPolicy;
}

export interface Application extends Manifest {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "Application";
  spec: ApplicationSpec;
}

export interface ApplicationSet extends Manifest {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "ApplicationSet";
  spec: {
    goTemplate: true;
    goTemplateOptions: ["missingkey=error"];
    generators: { list: { elements: Record<string, string>[] } }[];
    syncPolicy: { preserveResourcesOnDeletion: boolean };
    template: {
      metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> };
      spec: ApplicationSpec;
    };
  };
}

interface TemplateReference {
  templateName: string;
  clusterScope: boolean;
}

interface AnalysisArgument {
  name: string;
  value?: string;
  valueFrom?: { podTemplateHashValue: "Latest" | "Stable" };
}

export type RolloutStep = { setWeight: number } | { pause: { duration: string } };

export interface Rollout extends Manifest {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "Rollout";
  spec: {
    replicas?: number;
    revisionHistoryLimit: number;
    progressDeadlineSeconds: number;
    progressDeadlineAbort: boolean;
    minReadySeconds: number;
    selector: { matchLabels: Record<string, string> };
    template: PodTemplateSpec;
    strategy: {
      canary: {
        stableService: string;
        canaryService: string;
        maxSurge: number | string;
        maxUnavailable: number | string;
        abortScaleDownDelaySeconds: number;
        trafficRouting: { nginx: { stableIngress: string; annotationPrefix: string } };
        analysis: { templates: TemplateReference[]; startingStep: number; args: AnalysisArgument[] };
        steps: RolloutStep[];
      };
    };
  };
}

export interface AnalysisMetric {
  name: string;
  interval: string;
  initialDelay: string;
  successCondition: string;
  failureCondition: string;
  failureLimit: number;
  inconclusiveLimit: number;
  consecutiveErrorLimit: number;
  provider: { prometheus: { address: string; query: string } };
}

export interface ClusterAnalysisTemplate extends Manifest {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "ClusterAnalysisTemplate";
  spec: { args: { name: string }[]; metrics: AnalysisMetric[] };
}
