// Violations in the rendered manifests; among them an unknown field and an API version that is gone.
import type { Injected } from "./violation";

const PROD = "k8s/rendered/prod";

export const KUBERNETES: readonly Injected[] = [
  {
    rule: "image-by-digest",
    clause: "SEC-RELEASE",
    file: `${PROD}/worker-sms/deployment-worker-sms.yaml`,
    find: "netedu/worker-sms@sha256:",
    put: "netedu/worker-sms:1.0.0 # ",
  },
  {
    rule: "pod-no-privilege-escalation",
    clause: "SEC-CONFIG",
    file: `${PROD}/learning-web/rollout-learning-web.yaml`,
    find: "allowPrivilegeEscalation: false",
    put: "allowPrivilegeEscalation: true",
  },
  {
    rule: "pod-read-only-root",
    clause: "SEC-CONFIG",
    file: `${PROD}/mobile-api/rollout-mobile-api.yaml`,
    find: "readOnlyRootFilesystem: true",
    put: "readOnlyRootFilesystem: false",
  },
  {
    rule: "pod-capabilities-dropped",
    clause: "SEC-CONFIG",
    file: `${PROD}/worker-payment/deployment-worker-payment.yaml`,
    find: "                - ALL",
    put: "                - NET_RAW",
    at: "drop:",
  },
  {
    rule: "service-account-token-declared",
    clause: "SEC-CONFIG",
    file: `${PROD}/worker-transcode/deployment-worker-transcode.yaml`,
    find: "automountServiceAccountToken: false",
    put: "automountServiceAccountToken: true",
  },
  {
    rule: "manifest-valid",
    clause: "SEC-RELEASE",
    file: `${PROD}/worker-invoice/deployment-worker-invoice.yaml`,
    find: "  minReadySeconds: 10",
    put: "  minReadySecond: 10",
  },
  {
    rule: "api-version-served",
    clause: "SEC-RELEASE",
    file: `${PROD}/learning-web/poddisruptionbudget-learning-web.yaml`,
    find: "apiVersion: policy/v1",
    put: "apiVersion: policy/v1beta1",
  },
  {
    rule: "namespace-default-deny",
    clause: "CONF-PLEDGE",
    file: `${PROD}/namespaces/networkpolicy-default-deny.yaml`,
    find: "    - Ingress\n    - Egress",
    put: "    - Ingress",
    foundIn: `${PROD}/namespaces/namespace-learning.yaml`,
    at: "name: learning",
  },
  {
    rule: "ingress-redirects-to-https",
    clause: "CONF-PLEDGE",
    file: `${PROD}/learning-web/ingress-learning-web.yaml`,
    find: "ssl-redirect: 'true'",
    put: "ssl-redirect: 'false'",
  },
  {
    rule: "cron-job-no-overlap",
    clause: "DR-DRILL",
    file: `${PROD}/ops/cronjob-drill.yaml`,
    find: "concurrencyPolicy: Forbid",
    put: "concurrencyPolicy: Allow",
  },
  {
    rule: "cron-job-time-zone",
    clause: "DR-BACKUP",
    file: `${PROD}/ops/cronjob-verify.yaml`,
    find: "timeZone: Asia/Shanghai",
    put: "timeZone: Etc/UTC",
  },
  {
    rule: "autoscaler-bounds",
    clause: "KEY-PLAN",
    file: `${PROD}/learning-web/horizontalpodautoscaler-learning-web.yaml`,
    find: "stabilizationWindowSeconds: 600",
    put: "stabilizationWindowSeconds: 30",
  },
  {
    rule: "no-secret-in-git",
    clause: "CONF-PLEDGE",
    file: `${PROD}/worker-sms/secret-worker-sms.yaml`,
    put: "apiVersion: v1\nkind: Secret\nmetadata:\n  name: worker-sms\n  namespace: learning\nstringData:\n  token: injected\n",
    at: "stringData:",
  },
];
