// What every pod of ours has in common: Pod Security "restricted", a file system it cannot write, a place to run, resources.
import type { Container, PodSpec, Volume, VolumeMount } from "../manifest";

/** The user of our images (k8s/ops-image/Dockerfile); nobody on the host. */
const USER = 10001;

type PodSecurity = NonNullable<PodSpec["securityContext"]>;
type ContainerSecurity = NonNullable<Container["securityContext"]>;
type Spread = NonNullable<PodSpec["topologySpreadConstraints"]>;

export const POD_SECURITY: PodSecurity = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};

export const CONTAINER_SECURITY: ContainerSecurity = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

export interface Resources {
  /** Millicores requested; the limit is twice as much, so that a start-up does not starve. */
  cpu: number;
  /** MiB, requested and limit. */
  memory: number;
  /** MiB of the node's disk: logs and emptyDir volumes. */
  scratch: number;
}

/** As the API server writes them, so that nothing looks different from what was applied. */
const cores = (milli: number): string => (milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`);
const bytes = (mebi: number): string => (mebi % 1024 === 0 ? `${mebi / 1024}Gi` : `${mebi}Mi`);

export function resourcesOf({ cpu, memory, scratch }: Resources): NonNullable<Container["resources"]> {
  return {
    requests: { cpu: cores(cpu), memory: bytes(memory), "ephemeral-storage": bytes(scratch) },
    limits: { cpu: cores(2 * cpu), memory: bytes(memory), "ephemeral-storage": bytes(2 * scratch) },
  };
}

/** A directory that can be written, emptied with the pod. */
export function scratch(name: string, mountPath: string, mebibytes: number): [Volume, VolumeMount] {
  return [
    { name, emptyDir: { sizeLimit: bytes(mebibytes) } },
    { name, mountPath },
  ];
}

/**
 * Over zones first, then over machines. A zone must not take more than its share: when it fails the others carry on. Machines
 * are a wish, so that a small environment can still place its pods.
 * @param revisionLabel label that tells the pods of one revision from those of the next
 */
export function spread(selector: Record<string, string>, revisionLabel: string, strict: boolean): Spread {
  const common = { labelSelector: { matchLabels: selector }, matchLabelKeys: [revisionLabel], maxSkew: 1 };
  return [
    {
      ...common,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: strict ? "DoNotSchedule" : "ScheduleAnyway",
    },
    { ...common, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
  ];
}

/** Where application pods run (purposes of node pools: stacks/config). */
export const APPLICATION_NODES: Pick<PodSpec, "nodeSelector"> = { nodeSelector: { purpose: "applications" } };

/** Where the night's jobs run; nothing else may. */
export const JOB_NODES: Pick<PodSpec, "nodeSelector" | "tolerations"> = {
  nodeSelector: { purpose: "jobs" },
  tolerations: [{ key: "purpose", operator: "Equal", value: "jobs", effect: "NoSchedule" }],
};
