// Questions to Prometheus about requests, one way of asking for alerts and for canaries alike. Every app measures its requests
// as OpenTelemetry's semantic conventions name them, with the contract's kind of operation as a label.

/** Service of the operator's Prometheus, seen from inside the cluster. */
export const PROMETHEUS = "http://prometheus-operated.monitoring.svc:9090";

const DURATION = "http_server_request_duration_seconds";

/** Prometheus' name of the pod label `app.kubernetes.io/name`, which PodMonitors carry over. */
const APP = "app_kubernetes_io_name";

export type Labels = Readonly<Record<string, string>>;

/** `app` stands for the label that names an app. */
function selector(labels: Labels, more: readonly string[] = []): string {
  const equal = Object.entries(labels).map(([name, value]) => `${name === "app" ? APP : name}="${value}"`);
  return `{${['namespace="learning"', ...equal, ...more].join(",")}}`;
}

const sum = (by: readonly string[]): string => {
  const names = by.map((name) => (name === "app" ? APP : name));
  return names.length === 0 ? "sum" : `sum by (${names.join(", ")})`;
};

/** Number of requests in the range. */
export function requestsIn(labels: Labels, range: string): string {
  return `sum(increase(${DURATION}_count${selector(labels)}[${range}]))`;
}

/** Seconds on average. */
export function averageOf(labels: Labels, range: string, by: readonly string[] = []): string {
  const rate = (part: string): string =>
    `${sum(by)} (rate(${DURATION}_${part}${selector(labels)}[${range}]))`;
  return `${rate("sum")} / ${rate("count")}`;
}

/** Seconds that a share of the requests stays below. */
export function peakOf(labels: Labels, range: string, quantile: number, by: readonly string[] = []): string {
  const buckets = `${sum([...by, "le"])} (rate(${DURATION}_bucket${selector(labels)}[${range}]))`;
  return `histogram_quantile(${quantile}, ${buckets})`;
}

/** Share of server errors, 0…1. Zero, not nothing, when there were requests and no error among them. */
export function errorsOf(labels: Labels, range: string, by: readonly string[] = []): string {
  const rate = (more: readonly string[]): string =>
    `${sum(by)} (rate(${DURATION}_count${selector(labels, more)}[${range}]))`;
  return `(${rate(['http_response_status_code=~"5.."'])} or 0 * ${rate([])}) / ${rate([])}`;
}
