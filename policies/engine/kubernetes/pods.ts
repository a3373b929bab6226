// Where pods stand in the kinds that make them, and who runs how many.
import { valueAt } from "../expect";
import type { Finding, StandardClause } from "../rule";
import type { Path, Subject, World } from "../subject";
import { inNamespace, itemsAt, mapAt, textAt } from "./objects";
import { KUBERNETES } from "./version";

/** Kinds whose pods stand side by side and replace one another. */
export const REPLICATED = [
  "apps/v1/Deployment",
  "apps/v1/StatefulSet",
  "argoproj.io/v1alpha1/Rollout",
] as const;
/** Kinds whose pods run until they are replaced. */
export const LONG_RUNNING = [...REPLICATED, "apps/v1/DaemonSet"] as const;
/** Every kind that makes pods. */
export const PODS = [...LONG_RUNNING, "batch/v1/Job", "batch/v1/CronJob", "v1/Pod"] as const;

/** Path of the pod: of what holds its metadata and its spec. */
export function podOf({ type }: Subject): Path {
  if (type === "v1/Pod") return [];
  return type === "batch/v1/CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
}

export function podSpecOf(subject: Subject): Path {
  return [...podOf(subject), "spec"];
}

/** Every selector of a namespace is held against every workload in it. */
const podLabels = new WeakMap<Subject, Readonly<Record<string, string>>>();

export function podLabelsOf(subject: Subject): Readonly<Record<string, string>> {
  const known = podLabels.get(subject) ?? mapAt(subject, [...podOf(subject), "metadata", "labels"]);
  podLabels.set(subject, known);
  return known;
}

/** Paths of containers that serve or work; sidecars are among the init containers and not here. */
export function mainContainersOf(subject: Subject): Path[] {
  return itemsAt(subject, [...podSpecOf(subject), "containers"]).map(({ path }) => path);
}

/** Paths of all containers, those that run first included. */
export function containersOf(subject: Subject): Path[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    itemsAt(subject, [...podSpecOf(subject), list]).map(({ path }) => path),
  );
}

export function eachContainer(subject: Subject, judge: (path: Path) => readonly Finding[]): Finding[] {
  return containersOf(subject).flatMap(judge);
}

/** A field of the security context that a container takes from its pod when it has none of its own. */
export function inheritedField(subject: Subject, container: Path, field: string): Path {
  const own = [...container, "securityContext", field];
  const ofPod = [...podSpecOf(subject), "securityContext", field];
  return valueAt(subject, own) === undefined && valueAt(subject, ofPod) !== undefined ? ofPod : own;
}

/** The autoscaler that decides on a workload's replicas. */
export function autoscalerOf(world: World, workload: Subject): Subject | undefined {
  return inNamespace(world, workload, "autoscaling/v2/HorizontalPodAutoscaler").find(
    (each) => targetOf(each) === `${workload.type}/${workload.name}`,
  );
}

/** `apps/v1/Deployment/web` */
export function targetOf(autoscaler: Subject): string {
  const part = (field: string): string => textAt(autoscaler, ["spec", "scaleTargetRef", field]) ?? "";
  return `${part("apiVersion")}/${part("kind")}/${part("name")}`;
}

/** Nobody has promoted this environment yet: what stands there waits with no pods at all. */
export function isSleeping(workload: Subject): boolean {
  return valueAt(workload, "spec.replicas") === 0;
}

/** Pods that stand at the least; the API server's default is 1. */
export function fewestPods(world: World, workload: Subject): number {
  if (isSleeping(workload)) return 0;
  const autoscaler = autoscalerOf(world, workload);
  const least = autoscaler ? valueAt(autoscaler, "spec.minReplicas") : valueAt(workload, "spec.replicas");
  return typeof least === "number" ? least : 1;
}

/** A control of the Pod Security Standards as the admission of this version checks it (k8s.io/pod-security-admission). */
export function podSecurity(level: "Baseline" | "Restricted", control: string): StandardClause {
  return { standard: `Kubernetes Pod Security Standards v${KUBERNETES}`, clause: `${level}: ${control}` };
}
