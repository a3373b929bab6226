// Secrets from KMS. The operator shows the cluster's OIDC token and is given a RAM role for it (RRSA): no key lies anywhere.
// The role `<project>-<environment>-external-secrets` must trust this service account and may read secrets, nothing else.
import { ACCOUNTS, physicalName } from "../../stacks/environments";
import { defineApp, type Target } from "../app";
import type { ClusterSecretStore } from "../kinds/secrets";
import type { Manifest } from "../manifest";
import { AFTER_ITS_CRD, chartApplication, SYSTEM_NODES } from "../parts/chart";
import { labelsOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import { STORE } from "../parts/secrets";
import { CHARTS } from "../versions";

const NAME = "external-secrets";
const TOKEN = { directory: "/var/run/secrets/tokens", file: "oidc-token" };

function store(target: Target): ClusterSecretStore {
  const { environment, settings } = target;
  const account = ACCOUNTS[environment.account];
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ClusterSecretStore",
    metadata: {
      name: STORE,
      labels: labelsOf(target, { name: NAME, component: "platform", owner: "platform-engineer" }),
      annotations: AFTER_ITS_CRD,
    },
    spec: {
      conditions: [
        {
          namespaces: [
            NAMESPACES.certificates,
            NAMESPACES.learning,
            NAMESPACES.monitoring,
            NAMESPACES.operations,
          ],
        },
      ],
      provider: {
        alibaba: {
          regionID: environment.region,
          auth: {
            rrsa: {
              oidcProviderArn: `acs:ram::${account}:oidc-provider/ack-rrsa-${settings.clusterId}`,
              oidcTokenFilePath: `${TOKEN.directory}/${TOKEN.file}`,
              roleArn: `acs:ram::${account}:role/${physicalName(environment.name, "external-secrets")}`,
              sessionName: NAME,
            },
          },
        },
      },
    },
  };
}

export default defineApp({
  name: NAME,
  project: "platform",
  namespace: NAMESPACES.secrets,
  summary: "Brings secrets from KMS into the cluster, so that git holds their names only",
  objects: (target): Manifest[] => [
    chartApplication(target, {
      name: NAME,
      namespace: NAMESPACES.secrets,
      chart: CHARTS[NAME],
      values: {
        installCRDs: true,
        replicaCount: 2,
        leaderElect: true,
        ...SYSTEM_NODES,
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "200m", memory: "128Mi" } },
        serviceMonitor: { enabled: true },
        extraVolumes: [
          {
            name: TOKEN.file,
            projected: {
              sources: [
                {
                  serviceAccountToken: {
                    path: TOKEN.file,
                    expirationSeconds: 7200,
                    audience: "sts.aliyuncs.com",
                  },
                },
              ],
            },
          },
        ],
        extraVolumeMounts: [{ name: TOKEN.file, mountPath: TOKEN.directory, readOnly: true }],
      },
    }),
    store(target),
  ],
});
