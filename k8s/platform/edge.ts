// The way in: the load balancer that Pulumi made (stacks/components/edge.ts), as the ALB ingress controller sees it.
// It reuses the instance and owns its listeners' rules; address, edition and protection stay Pulumi's.
import { defineApp, type Target } from "../app";
import type { AlbConfig } from "../kinds/edge";
import type { IngressClass, Manifest } from "../manifest";
import { labelsOf } from "../parts/labels";
import { INGRESS_CLASS } from "../parts/rollout";

const labels = (target: Target): Record<string, string> =>
  labelsOf(target, { name: "edge", component: "platform", owner: "platform-engineer" });

function loadBalancer(target: Target): AlbConfig {
  return {
    apiVersion: "alibabacloud.com/v1",
    kind: "AlbConfig",
    metadata: { name: INGRESS_CLASS, labels: labels(target) },
    spec: {
      config: { id: target.settings.loadBalancer, forceOverride: false, listenerForceOverride: false },
      listeners: [
        { port: 80, protocol: "HTTP" },
        { port: 443, protocol: "HTTPS", securityPolicyId: "tls_cipher_policy_1_2_strict_with_1_3" },
      ],
    },
  };
}

function ingressClass(target: Target): IngressClass {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "IngressClass",
    metadata: { name: INGRESS_CLASS, labels: labels(target) },
    spec: {
      controller: "ingress.k8s.alibabacloud/alb",
      parameters: { apiGroup: "alibabacloud.com", kind: "AlbConfig", name: INGRESS_CLASS },
    },
  };
}

export default defineApp({
  name: "edge",
  project: "platform",
  namespace: "kube-system",
  summary: "The load balancer as the ingress controller sees it",
  objects: (target): Manifest[] => [loadBalancer(target), ingressClass(target)],
});
