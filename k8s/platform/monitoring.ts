// Prometheus and Alertmanager, the alerts of k8s/alerts.ts, and who is told of them. Node metrics are CloudMonitor's
// (stacks/plan/alarms.ts): the node exporter would need privileges that Pod Security "restricted" refuses.
import { type Alert, alerts } from "../alerts";
import { defineApp, type Target } from "../app";
import { REPOSITORY } from "../environments";
import type { AlertingRule, AlertmanagerConfig, PrometheusRule } from "../kinds/monitoring";
import type { Manifest } from "../manifest";
import { AFTER_ITS_CRD, chartApplication, SYSTEM_NODES } from "../parts/chart";
import { labelsOf } from "../parts/labels";
import { NAMESPACES } from "../parts/namespaces";
import { externalSecret } from "../parts/secrets";
import { CHARTS } from "../versions";

const NAME = "monitoring";
const NAMESPACE = NAMESPACES.monitoring;
const RECEIVER = "on-call";
const HOOK_SECRET = "alert-webhook";

const labels = (target: Target): Record<string, string> =>
  labelsOf(target, { name: NAME, component: "platform", owner: "operations-lead" });

function rule(target: Target, { name, priority, clauses, expr, minutes, summary }: Alert): AlertingRule {
  return {
    alert: name,
    expr,
    for: `${minutes}m`,
    labels: { priority, environment: target.environment.name },
    annotations: {
      clauses: clauses.join(","),
      runbook_url: `${REPOSITORY.url}/blob/${REPOSITORY.revision}/runbooks/alerts/${name}.md`,
      summary,
    },
  };
}

function rules(target: Target): PrometheusRule {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "contract", namespace: NAMESPACE, labels: labels(target), annotations: AFTER_ITS_CRD },
    spec: {
      groups: [
        {
          name: "contract",
          interval: "30s",
          rules: alerts(target.contract).map((alert) => rule(target, alert)),
        },
      ],
    },
  };
}

/** P1 and P2 wake people at once and again until they are solved: ten minutes to respond leave no room for grouping. */
function routes(target: Target): AlertmanagerConfig {
  return {
    apiVersion: "monitoring.coreos.com/v1alpha1",
    kind: "AlertmanagerConfig",
    metadata: { name: RECEIVER, namespace: NAMESPACE, labels: labels(target), annotations: AFTER_ITS_CRD },
    spec: {
      route: {
        receiver: RECEIVER,
        groupBy: ["alertname"],
        groupWait: "5m",
        groupInterval: "15m",
        repeatInterval: "12h",
        routes: [
          {
            receiver: RECEIVER,
            matchers: [{ name: "priority", matchType: "=~", value: "P1|P2" }],
            groupBy: ["alertname"],
            groupWait: "10s",
            groupInterval: "1m",
            repeatInterval: "10m",
          },
        ],
      },
      receivers: [
        {
          name: RECEIVER,
          webhookConfigs: [{ urlSecret: { name: HOOK_SECRET, key: "url" }, sendResolved: true }],
        },
      ],
    },
  };
}

/** The chart's own values. Selectors are opened: monitors and rules come from every namespace of ours, not from the chart. */
const VALUES = {
  crds: { enabled: true },
  grafana: { enabled: false },
  nodeExporter: { enabled: false },
  kubeControllerManager: { enabled: false },
  kubeEtcd: { enabled: false },
  kubeProxy: { enabled: false },
  kubeScheduler: { enabled: false },
  prometheusOperator: { ...SYSTEM_NODES },
  prometheus: {
    prometheusSpec: {
      ...SYSTEM_NODES,
      retention: "15d",
      ruleSelectorNilUsesHelmValues: false,
      serviceMonitorSelectorNilUsesHelmValues: false,
      podMonitorSelectorNilUsesHelmValues: false,
      resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { cpu: "2", memory: "2Gi" } },
      storageSpec: {
        volumeClaimTemplate: {
          spec: {
            storageClassName: "alicloud-disk-essd",
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "50Gi" } },
          },
        },
      },
    },
  },
  alertmanager: {
    alertmanagerSpec: {
      ...SYSTEM_NODES,
      replicas: 2,
      // Routes without a namespace matcher: alerts name the namespace of what they are about, not that of their rule.
      alertmanagerConfigMatcherStrategy: { type: "None" },
      alertmanagerConfigSelector: { matchLabels: { "app.kubernetes.io/name": NAME } },
    },
  },
};

export default defineApp({
  name: NAME,
  project: "platform",
  namespace: NAMESPACE,
  summary: "Measures what the contract promises and wakes people when it is broken",
  objects: (target): Manifest[] => [
    chartApplication(target, {
      name: NAME,
      namespace: NAMESPACE,
      chart: CHARTS.monitoring,
      values: { ...VALUES, fullnameOverride: NAME },
    }),
    rules(target),
    routes(target),
    externalSecret(HOOK_SECRET, NAMESPACE, labels(target), { url: "alert-webhook-url" }),
  ],
});
