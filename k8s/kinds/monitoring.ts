// Kinds of the Prometheus operator, as far as they are declared here; written by hand from its CRDs.
import type { Manifest } from "../manifest";

interface Selector {
  matchLabels: Record<string, string>;
}

export interface ServiceMonitor extends Manifest {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "ServiceMonitor";
  spec: {
    selector: Selector;
    podTargetLabels: string[];
    endpoints: { port: string; path: string; interval: string; scrapeTimeout: string }[];
  };
}

export interface PodMonitor extends Manifest {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "PodMonitor";
  spec: {
    selector: Selector;
    podTargetLabels: string[];
    podMetricsEndpoints: { port: string; path: string; interval: string; scrapeTimeout: string }[];
  };
}

export interface AlertingRule {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface PrometheusRule extends Manifest {
  apiVersion: "monitoring.coreos.com/v1";
  kind: "PrometheusRule";
  spec: { groups: { name: string; interval: string; rules: AlertingRule[] }[] };
}

interface SecretKey {
  name: string;
  key: string;
}

interface Route {
  receiver: string;
  groupBy?: string[];
  groupWait?: string;
  groupInterval?: string;
  repeatInterval?: string;
  matchers?: { name: string; matchType: "=" | "!=" | "=~" | "!~"; value: string }[];
  routes?: Route[];
}

export interface AlertmanagerConfig extends Manifest {
  apiVersion: "monitoring.coreos.com/v1alpha1";
  kind: "AlertmanagerConfig";
  spec: {
    route: Route;
    receivers: { name: string; webhookConfigs: { urlSecret: SecretKey; sendResolved: boolean }[] }[];
  };
}
