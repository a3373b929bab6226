// Certificates: cert-manager, and Let's Encrypt answered through Alibaba Cloud DNS, since only 8080 of a pod can be reached
// from the load balancer. The solver takes an access key, not RRSA: it comes from KMS and may do nothing but DNS.
import { defineApp, type Target } from "../app";
import { DOMAIN } from "../environments";
import type { ClusterIssuer } from "../kinds/edge";
import type { Manifest } from "../manifest";
import { AFTER_ITS_CRD, chartApplication, SYSTEM_NODES } from "../parts/chart";
import { labelsOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import { ISSUER } from "../parts/rollout";
import { externalSecret } from "../parts/secrets";
import { CHARTS } from "../versions";

const NAME = "cert-manager";
const NAMESPACE = NAMESPACES.certificates;
const SOLVER_GROUP = `acme.${DOMAIN}`;
const SOLVER_SECRET = "alidns";

const labels = (target: Target): Record<string, string> =>
  labelsOf(target, { name: NAME, component: "platform", owner: "platform-engineer" });

function issuer(target: Target): ClusterIssuer {
  const key = (name: string) => ({ name: SOLVER_SECRET, key: name });
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "ClusterIssuer",
    metadata: { name: ISSUER, labels: labels(target), annotations: AFTER_ITS_CRD },
    spec: {
      acme: {
        server: "https://acme-v02.api.letsencrypt.org/directory",
        email: `certificates@${DOMAIN}`,
        privateKeySecretRef: { name: `${ISSUER}-account` },
        solvers: [
          {
            selector: { dnsZones: [DOMAIN] },
            dns01: {
              webhook: {
                groupName: SOLVER_GROUP,
                solverName: "alidns",
                config: {
                  region: target.environment.region,
                  accessKeyIdRef: key("access-key-id"),
                  accessKeySecretRef: key("access-key-secret"),
                },
              },
            },
          },
        ],
      },
    },
  };
}

const RESOURCES = { requests: { cpu: "20m", memory: "128Mi" }, limits: { cpu: "200m", memory: "128Mi" } };

export default defineApp({
  name: NAME,
  project: "platform",
  namespace: NAMESPACE,
  summary: "Certificates of the public names, renewed a month before they end",
  objects: (target): Manifest[] => [
    chartApplication(target, {
      name: NAME,
      namespace: NAMESPACE,
      chart: CHARTS[NAME],
      values: {
        crds: { enabled: true, keep: true },
        replicaCount: 2,
        ...SYSTEM_NODES,
        resources: RESOURCES,
        webhook: { replicaCount: 2, ...SYSTEM_NODES, resources: RESOURCES },
        cainjector: { ...SYSTEM_NODES, resources: RESOURCES },
        prometheus: { enabled: true, servicemonitor: { enabled: true } },
      },
    }),
    chartApplication(target, {
      name: "alidns-webhook",
      namespace: NAMESPACE,
      chart: CHARTS["alidns-webhook"],
      values: { groupName: SOLVER_GROUP },
    }),
    externalSecret(SOLVER_SECRET, NAMESPACE, labels(target), {
      "access-key-id": "alidns-access-key-id",
      "access-key-secret": "alidns-access-key-secret",
    }),
    issuer(target),
  ],
});
