// What a manifest is here: plain data whose shape is typed by @pulumi/kubernetes. Types only: nothing of Pulumi runs.
import type { types } from "@pulumi/kubernetes";
import type { Output } from "@pulumi/pulumi";

/** Pulumi's inputs may be promises or outputs; a manifest is what is left when they are not. */
export type Plain<T> = T extends PromiseLike<unknown> | Output<unknown>
  ? never
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T;

export interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Any object that Argo CD applies. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
}

/** A built-in kind: type and version written out, metadata complete, everything else as Pulumi types it. */
type Kind<ApiVersion extends string, Name extends string, Input> = Manifest &
  Omit<Plain<Input>, "apiVersion" | "kind" | "metadata" | "status"> & {
    apiVersion: ApiVersion;
    kind: Name;
  };

export type PodSpec = Plain<types.input.core.v1.PodSpec>;
export type Container = Plain<types.input.core.v1.Container>;
export type Volume = Plain<types.input.core.v1.Volume>;
export type VolumeMount = Plain<types.input.core.v1.VolumeMount>;
export type PodTemplateSpec = { metadata: Omit<Metadata, "name">; spec: PodSpec };
export type NetworkPeer = Plain<types.input.networking.v1.NetworkPolicyPeer>;
export type EgressRule = Plain<types.input.networking.v1.NetworkPolicyEgressRule>;
export type IngressRule = Plain<types.input.networking.v1.NetworkPolicyIngressRule>;

export type Namespace = Kind<"v1", "Namespace", types.input.core.v1.Namespace>;
export type Service = Kind<"v1", "Service", types.input.core.v1.Service>;
export type ServiceAccount = Kind<"v1", "ServiceAccount", types.input.core.v1.ServiceAccount>;
export type Claim = Kind<"v1", "PersistentVolumeClaim", types.input.core.v1.PersistentVolumeClaim>;
export type PersistentVolume = Kind<"v1", "PersistentVolume", types.input.core.v1.PersistentVolume>;
export type Deployment = Kind<"apps/v1", "Deployment", types.input.apps.v1.Deployment>;
export type CronJob = Kind<"batch/v1", "CronJob", types.input.batch.v1.CronJob>;
export type Autoscaler = Kind<
  "autoscaling/v2",
  "HorizontalPodAutoscaler",
  types.input.autoscaling.v2.HorizontalPodAutoscaler
>;
export type DisruptionBudget = Kind<
  "policy/v1",
  "PodDisruptionBudget",
  types.input.policy.v1.PodDisruptionBudget
>;
export type NetworkPolicy = Kind<
  "networking.k8s.io/v1",
  "NetworkPolicy",
  types.input.networking.v1.NetworkPolicy
>;
export type Ingress = Kind<"networking.k8s.io/v1", "Ingress", types.input.networking.v1.Ingress>;
export type IngressClass = Kind<
  "networking.k8s.io/v1",
  "IngressClass",
  types.input.networking.v1.IngressClass
>;
export type PriorityClass = Kind<
  "scheduling.k8s.io/v1",
  "PriorityClass",
  types.input.scheduling.v1.PriorityClass
>;
