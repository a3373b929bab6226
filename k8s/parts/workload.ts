// A workload of the learning platform: from a few facts about it to every object it needs. What differs between workloads
// is in k8s/apps, what differs between environments in k8s/environments.ts.
import { releaseOf, type Target } from "../app";
import type { Size, Workload as WorkloadName } from "../environments";
import type { PodMonitor } from "../kinds/monitoring";
import type {
  Autoscaler,
  Container,
  Deployment,
  DisruptionBudget,
  Manifest,
  NetworkPolicy,
  PodTemplateSpec,
  ServiceAccount,
} from "../manifest";
import { type Component, labelsOf, selectorOf } from "./labels";
import { NAMESPACES } from "./namespaces";
import {
  allow,
  fromEdge,
  fromPrometheus,
  hostsOf,
  PORTS,
  type Reached,
  reached,
  toCloud,
  toDns,
  toIntegrations,
  toPostgres,
  toRedis,
} from "./network";
import { APPLICATION_NODES, CONTAINER_SECURITY, POD_SECURITY, resourcesOf, scratch, spread } from "./pod";
import { externalSecret, type Secrets, secretFiles } from "./secrets";

export interface Workload {
  name: WorkloadName;
  component: Component;
  /** The role that answers for it. */
  owner: string;
  /** Declared integrations that it calls; nothing else outside is in its reach. */
  integrations: readonly string[];
  /** Whether it reads or writes objects (OSS). */
  objects: boolean;
  /** File name under CREDENTIALS → name in KMS; the integrations' own are added. */
  secrets: Secrets;
  /** Serves requests on PORTS.http; a worker takes its work from Redis. */
  serves: boolean;
  /** Seconds between being asked to stop and being killed: the longest piece of work it may finish. */
  grace: number;
  /** MiB under /tmp. */
  scratch: number;
}

/** Where a container finds its credentials, one file each. */
export const CREDENTIALS = "/var/run/credentials";

const NAMESPACE = NAMESPACES.learning;

/** Everything about a workload in one environment. */
export interface Placed extends Workload {
  target: Target;
  namespace: string;
  size: Size;
  /** Of its pods and of what controls them, with the version. */
  labels: Record<string, string>;
  selector: Record<string, string>;
  reached: Reached[];
}

export function place(target: Target, workload: Workload): Placed {
  const { version } = releaseOf(target, workload.name);
  return {
    ...workload,
    target,
    namespace: NAMESPACE,
    size: target.settings.sizes[workload.name],
    labels: labelsOf(target, { ...workload, version }),
    selector: selectorOf(workload),
    reached: reached(target, workload.integrations),
  };
}

/** Of what controls the pods. */
export const controllerMetadata = ({ name, namespace, labels }: Placed) => ({ name, namespace, labels });

/** Of everything else: without the version, so that a release changes nothing but the controller. */
export const metadataOf = (placed: Placed) => ({
  ...controllerMetadata(placed),
  labels: labelsOf(placed.target, placed),
});

/** `e-invoice` → `E_INVOICE_ENDPOINT` */
function endpoints(integrations: readonly Reached[]): { name: string; value: string }[] {
  return integrations.map(({ name, endpoint }) => ({
    name: `${name.toUpperCase().replaceAll("-", "_")}_ENDPOINT`,
    value: endpoint,
  }));
}

/** A declared integration keeps its credential in KMS; it is mounted under the integration's name. */
function credentialsOf({ target, reached: used, secrets }: Placed): Secrets {
  const own = used.map(({ name }) => {
    const { credential } = target.integrations.find((each) => each.name === name)!;
    return [name, credential.reference.replace(/^kms:/, "")];
  });
  return {
    "database-url": "learning-app-database",
    "redis-url": "redis",
    ...secrets,
    ...Object.fromEntries(own),
  };
}

function probes({ serves }: Placed): Pick<Container, "startupProbe" | "readinessProbe" | "livenessProbe"> {
  const get = (path: string, port: string) => ({ httpGet: { path, port } });
  // Served traffic is judged where it arrives: this is also what the load balancer asks.
  const ready = serves ? get("/healthz", "http") : get("/readyz", "management");
  return {
    startupProbe: { ...ready, periodSeconds: 3, timeoutSeconds: 2, failureThreshold: 40 },
    readinessProbe: { ...ready, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 3 },
    // Asks the process alone, never its database: a database that is away must not restart every pod.
    livenessProbe: {
      ...get("/livez", "management"),
      periodSeconds: 10,
      timeoutSeconds: 3,
      failureThreshold: 6,
    },
  };
}

function container(placed: Placed, mounts: NonNullable<Container["volumeMounts"]>): Container {
  const { name, target, size, serves } = placed;
  const { image, digest } = releaseOf(target, name);
  return {
    name,
    image: `${image}@${digest}`,
    imagePullPolicy: "IfNotPresent",
    ports: [
      ...(serves ? [{ name: "http", containerPort: PORTS.http, protocol: "TCP" }] : []),
      { name: "management", containerPort: PORTS.management, protocol: "TCP" },
    ],
    env: [
      { name: "ENVIRONMENT", value: target.environment.name },
      { name: "TZ", value: "Asia/Shanghai" },
      { name: "CREDENTIALS_DIRECTORY", value: CREDENTIALS },
      { name: "REGION", value: target.environment.region },
      ...endpoints(placed.reached),
    ],
    resources: resourcesOf({ ...size, scratch: placed.scratch }),
    ...probes(placed),
    // The load balancer needs a moment to notice that a pod goes; without it the last requests would be lost.
    lifecycle: { preStop: { sleep: { seconds: serves ? 15 : 1 } } },
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: mounts,
  };
}

/** @param revisionLabel label by which the controller tells its revisions apart */
export function podTemplate(placed: Placed, revisionLabel: string): PodTemplateSpec {
  const { name, selector, size } = placed;
  const [credentials, credentialsMount] = secretFiles(name, CREDENTIALS);
  const [tmp, tmpMount] = scratch("tmp", "/tmp", placed.scratch);
  return {
    metadata: { labels: placed.labels },
    spec: {
      serviceAccountName: name,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      priorityClassName: placed.serves ? "learners" : "workers",
      securityContext: POD_SECURITY,
      terminationGracePeriodSeconds: placed.grace,
      topologySpreadConstraints: spread(selector, revisionLabel, size.min >= 3),
      ...APPLICATION_NODES,
      containers: [container(placed, [credentialsMount, tmpMount])],
      volumes: [credentials, tmp],
    },
  };
}

/** Of a pilot light: none, which also keeps the autoscaler still. Otherwise the autoscaler decides and git does not. */
export function replicasOf({ target }: Placed): { replicas?: number } {
  return target.settings.pilotLight ? { replicas: 0 } : {};
}

export function serviceAccount(placed: Placed): ServiceAccount {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(placed),
    automountServiceAccountToken: false,
  };
}

export function deployment(placed: Placed): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: controllerMetadata(placed),
    spec: {
      ...replicasOf(placed),
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      minReadySeconds: 10,
      selector: { matchLabels: placed.selector },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate(placed, "pod-template-hash"),
    },
  };
}

export function autoscaler(placed: Placed, controller: { apiVersion: string; kind: string }): Autoscaler {
  const { name, size } = placed;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: metadataOf(placed),
    spec: {
      scaleTargetRef: { ...controller, name },
      minReplicas: size.min,
      maxReplicas: size.max,
      metrics: [
        {
          type: "Resource",
          resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 65 } },
        },
      ],
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 0,
          policies: [{ type: "Percent", value: 100, periodSeconds: 60 }],
        },
        // A class that ends empties the site for minutes only.
        scaleDown: {
          stabilizationWindowSeconds: 600,
          policies: [{ type: "Pods", value: 1, periodSeconds: 60 }],
        },
      },
    },
  };
}

export function disruptionBudget(placed: Placed): DisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: metadataOf(placed),
    spec: {
      maxUnavailable: 1,
      selector: { matchLabels: placed.selector },
      // A pod that is broken anyway must not keep a node from being repaired.
      unhealthyPodEvictionPolicy: "AlwaysAllow",
    },
  };
}

export function networkPolicy(placed: Placed): NetworkPolicy {
  const { target, serves, objects, reached: used } = placed;
  return allow({
    ...metadataOf(placed),
    annotations: hostsOf(used),
    pods: placed.selector,
    ingress: [...(serves ? [fromEdge(target)] : []), fromPrometheus()],
    egress: [
      toDns(target),
      toPostgres(target),
      toRedis(target),
      ...(objects ? [toCloud()] : []),
      ...toIntegrations(used),
    ],
  });
}

/** The revision's label goes along, so that a canary is measured apart from what it may replace. */
function podMonitor(placed: Placed): PodMonitor {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: metadataOf(placed),
    spec: {
      selector: { matchLabels: placed.selector },
      podTargetLabels: ["app.kubernetes.io/name", "app.kubernetes.io/version", "rollouts-pod-template-hash"],
      podMetricsEndpoints: [{ port: "management", path: "/metrics", interval: "15s", scrapeTimeout: "10s" }],
    },
  };
}

/** What every workload has, whoever controls its pods. */
export function surroundings(placed: Placed): Manifest[] {
  const { name, namespace, labels } = metadataOf(placed);
  return [
    serviceAccount(placed),
    externalSecret(name, namespace, labels, credentialsOf(placed)),
    disruptionBudget(placed),
    networkPolicy(placed),
    podMonitor(placed),
  ];
}

/** A worker: a Deployment and what it needs. */
export function worker(target: Target, workload: Omit<Workload, "component" | "serves">): Manifest[] {
  const placed = place(target, { ...workload, component: "worker", serves: false });
  return [
    deployment(placed),
    autoscaler(placed, { apiVersion: "apps/v1", kind: "Deployment" }),
    ...surroundings(placed),
  ];
}
