// A workload that learners reach: a Rollout whose new version is let at them in steps and judged by the contract's figures,
// behind the load balancer with a certificate of its own.
import { CANARY_STEPS } from "../../policies/service/canary";
import type { Target } from "../app";
import { DOMAIN, type PublicApp } from "../environments";
import type { Rollout } from "../kinds/argo";
import type { Certificate } from "../kinds/edge";
import type { Ingress, Manifest, Service } from "../manifest";
import {
  autoscaler,
  controllerMetadata,
  metadataOf,
  type Placed,
  place,
  podTemplate,
  replicasOf,
  surroundings,
  type Workload,
} from "./workload";

/** Made by k8s/platform/argo-rollouts.ts. */
export const ANALYSIS_TEMPLATE = "contract-performance";
/** Made by k8s/platform/edge.ts and k8s/platform/cert-manager.ts. */
export const INGRESS_CLASS = "alb";
export const ISSUER = "letsencrypt";
/** Annotations of the ALB ingress controller; Argo Rollouts writes its canary weights under the same prefix. */
export const ALB = "alb.ingress.kubernetes.io";

const canaryOf = ({ name }: Placed): string => `${name}-canary`;
const hostOf = ({ target, name }: Placed): string => `${target.settings.hosts[name as PublicApp]}.${DOMAIN}`;

function rollout(placed: Placed): Rollout {
  const { name } = placed;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata: controllerMetadata(placed),
    spec: {
      ...replicasOf(placed),
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      progressDeadlineAbort: true,
      minReadySeconds: 10,
      selector: { matchLabels: placed.selector },
      template: podTemplate(placed, "rollouts-pod-template-hash"),
      strategy: {
        canary: {
          stableService: name,
          canaryService: canaryOf(placed),
          maxSurge: "25%",
          maxUnavailable: 0,
          abortScaleDownDelaySeconds: 60,
          trafficRouting: { nginx: { stableIngress: name, annotationPrefix: ALB } },
          analysis: {
            templates: [{ templateName: ANALYSIS_TEMPLATE, clusterScope: true }],
            startingStep: 1, // once requests reach it
            args: [
              { name: "app", value: name },
              { name: "canary-hash", valueFrom: { podTemplateHashValue: "Latest" } },
            ],
          },
          steps: CANARY_STEPS.flatMap(({ weight, hold }) => [
            { setWeight: weight },
            { pause: { duration: `${hold}s` } },
          ]),
        },
      },
    },
  };
}

function service(placed: Placed, name: string): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { ...metadataOf(placed), name },
    spec: {
      type: "ClusterIP",
      selector: placed.selector,
      ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
    },
  };
}

function ingress(placed: Placed): Ingress {
  const { name } = placed;
  const host = hostOf(placed);
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      ...metadataOf(placed),
      annotations: {
        [`${ALB}/healthcheck-enabled`]: "true",
        [`${ALB}/healthcheck-path`]: "/healthz",
        [`${ALB}/healthcheck-protocol`]: "HTTP",
        [`${ALB}/healthcheck-method`]: "GET",
        [`${ALB}/listen-ports`]: '[{"HTTP": 80},{"HTTPS": 443}]',
        [`${ALB}/ssl-redirect`]: "true",
      },
    },
    spec: {
      ingressClassName: INGRESS_CLASS,
      tls: [{ hosts: [host], secretName: `${name}-tls` }],
      rules: [
        {
          host,
          http: {
            paths: [
              { path: "/", pathType: "Prefix", backend: { service: { name, port: { name: "http" } } } },
            ],
          },
        },
      ],
    },
  };
}

function certificate(placed: Placed): Certificate {
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: metadataOf(placed),
    spec: {
      secretName: `${placed.name}-tls`,
      duration: "2160h", // 90 days
      renewBefore: "720h", // 30 days: a month to notice that renewal fails
      dnsNames: [hostOf(placed)],
      privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
      issuerRef: { kind: "ClusterIssuer", name: ISSUER, group: "cert-manager.io" },
    },
  };
}

/** A workload that serves learners. Seconds of grace: the load balancer's notice and one slow request. */
export function publicApp(target: Target, workload: Omit<Workload, "serves" | "grace">): Manifest[] {
  const placed = place(target, { ...workload, serves: true, grace: 60 });
  return [
    rollout(placed),
    service(placed, placed.name),
    service(placed, canaryOf(placed)),
    ingress(placed),
    certificate(placed),
    autoscaler(placed, { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" }),
    ...surroundings(placed),
  ];
}
