// Namespaces with Pod Security "restricted", the denial of all traffic in each, and what whole namespaces may do;
// priorities of pods, since they belong to no namespace.
import { KUBERNETES } from "../../policies/engine/kubernetes/version";
import { defineApp, type Target } from "../app";
import type { EgressRule, IngressRule, Manifest, Namespace, PriorityClass } from "../manifest";
import { labelsOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import {
  allow,
  denyAll,
  fromNamespace,
  PORTS,
  toCloud,
  toDns,
  toInternet,
  toKubernetes,
  vpc,
} from "../parts/network";

interface Space {
  name: string;
  why: string;
  /** For every pod in it; those of ours have policies of their own. Absent for namespaces of apps. */
  controllers?: (target: Target) => { ingress: IngressRule[]; egress: EgressRule[] };
  /** Why a controller must reach the Internet; the others must not. */
  internet?: string;
}

/** The API server calls a controller's webhook from the VPC; Prometheus its metrics. */
const webhooks = (target: Target, ports: readonly number[]): IngressRule => ({
  from: [vpc(target)],
  ports: ports.map((port) => ({ port, protocol: "TCP" })),
});

const SPACES: readonly Space[] = [
  { name: NAMESPACES.learning, why: "what learners and partners talk to, and the workers behind it" },
  { name: NAMESPACES.operations, why: "the operation's own jobs" },
  {
    name: NAMESPACES.rollouts,
    why: "Argo Rollouts",
    controllers: (target) => ({
      ingress: [fromNamespace(NAMESPACES.monitoring, [8090])],
      egress: [
        toDns(target),
        toKubernetes(target),
        {
          to: [
            {
              namespaceSelector: {
                matchLabels: { "kubernetes.io/metadata.name": NAMESPACES.monitoring },
              },
            },
          ],
          ports: [{ port: 9090, protocol: "TCP" }],
        },
      ],
    }),
  },
  {
    name: NAMESPACES.certificates,
    why: "cert-manager and its solver",
    internet:
      "Let's Encrypt, the records that answer it (DNS), and Alibaba Cloud DNS, whose addresses change",
    controllers: (target) => ({
      ingress: [webhooks(target, [10250, 443]), fromNamespace(NAMESPACES.monitoring, [9402])],
      egress: [toDns(target), toKubernetes(target), toInternet([PORTS.https, PORTS.dns])],
    }),
  },
  {
    name: NAMESPACES.secrets,
    why: "External Secrets",
    controllers: (target) => ({
      ingress: [webhooks(target, [10250]), fromNamespace(NAMESPACES.monitoring, [8080])],
      egress: [toDns(target), toKubernetes(target), toCloud()],
    }),
  },
  {
    name: NAMESPACES.monitoring,
    why: "Prometheus and Alertmanager",
    internet: "the hook that wakes people; its address comes from KMS",
    controllers: (target) => ({
      ingress: [
        webhooks(target, [10250]),
        fromNamespace(NAMESPACES.rollouts, [9090]),
        { from: [{ podSelector: {} }] },
      ],
      // It reads every pod's metrics and tells people.
      egress: [
        toDns(target),
        toKubernetes(target),
        { to: [{ podSelector: {} }, { namespaceSelector: {} }] },
        toInternet([443]),
      ],
    }),
  },
];

/** Higher goes first when there is too little room; a job waits rather than push a learner out. */
const PRIORITIES: readonly { name: string; value: number; why: string; waits?: boolean }[] = [
  { name: "learners", value: 1_000_000, why: "what learners wait for" },
  { name: "workers", value: 500_000, why: "what learners do not wait for" },
  { name: "operations", value: 100_000, why: "the night's jobs", waits: true },
];

const labels = (target: Target): Record<string, string> =>
  labelsOf(target, { name: "namespaces", component: "platform", owner: "platform-engineer" });

function namespace(target: Target, { name, why }: Space): Namespace {
  const level = (mode: string) => ({
    [`pod-security.kubernetes.io/${mode}`]: "restricted",
    [`pod-security.kubernetes.io/${mode}-version`]: `v${KUBERNETES}`,
  });
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name,
      labels: { ...labels(target), ...level("enforce"), ...level("audit"), ...level("warn") },
      annotations: {
        "netedu.example/why": why,
        // Taken out of git a namespace would take everything in it along.
        "argocd.argoproj.io/sync-options": "Delete=false,Prune=false",
      },
    },
  };
}

function priority({ name, value, why, waits }: (typeof PRIORITIES)[number]): PriorityClass {
  return {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name },
    value,
    description: why,
    globalDefault: false,
    preemptionPolicy: waits ? "Never" : "PreemptLowerPriority",
  };
}

export default defineApp({
  name: "namespaces",
  project: "platform",
  namespace: NAMESPACES.learning,
  summary: "Namespaces with Pod Security, denial of all traffic, and the priorities of pods",
  objects(target): Manifest[] {
    const spaces = SPACES.flatMap((space): Manifest[] => {
      const rules = space.controllers?.(target);
      const why = space.internet;
      const named = {
        name: "controllers",
        namespace: space.name,
        labels: labels(target),
        ...(why === undefined ? {} : { annotations: { "netedu.example/egress-why": why } }),
      };
      return [
        namespace(target, space),
        denyAll(space.name, labels(target)),
        ...(rules ? [allow({ ...named, ...rules })] : []),
      ];
    });
    const priorities = PRIORITIES.map((each) => {
      const object = priority(each);
      return { ...object, metadata: { ...object.metadata, labels: labels(target) } };
    });
    return [...spaces, ...priorities];
  },
});
