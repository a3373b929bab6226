// Who may talk to whom. Every namespace of ours denies everything in both directions; what is allowed is written here.
// Limits: a NetworkPolicy knows addresses, not names. Partners have changing addresses, so "this app reaches payment" becomes
// "this app may open 443 to the Internet"; which hosts they are stands in an annotation, and partners know us by the one
// fixed address of the NAT gateway. The VPC's range covers its pods too, since Terway gives them addresses of it.
import type { Integration } from "../../policies/service/service";
import { SERVICE_CIDR } from "../../stacks/environments";
import { endpointOf, type Target } from "../app";
import type { EgressRule, IngressRule, NetworkPeer, NetworkPolicy } from "../manifest";
import { NAMESPACES } from "./namespaces";

/** What is not the Internet: private ranges, Alibaba Cloud's own services and metadata, link-local. */
const NOT_INTERNET = ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"];

/** Alibaba Cloud's services (OSS, KMS, STS) by their addresses inside a region, without the metadata service. */
const CLOUD: NetworkPeer = { ipBlock: { cidr: "100.64.0.0/10", except: ["100.100.100.200/32"] } };

export const PORTS = {
  /** Where apps serve; the only port that the load balancer may reach (stacks/components/security-groups.ts). */
  http: 8080,
  /** Metrics and probes, apart from what users reach. */
  management: 9090,
  postgres: 5432,
  pgbackrest: 8432,
  redis: 6379,
  https: 443,
  dns: 53,
  /** The API server of a managed cluster. */
  kubernetes: 6443,
} as const;

const tcp = (port: number) => ({ port, protocol: "TCP" });

export const vpc = (target: Target): NetworkPeer => ({ ipBlock: { cidr: target.environment.cidr } });

const toVpc = (target: Target, port: number): EgressRule => ({ to: [vpc(target)], ports: [tcp(port)] });

export const toPostgres = (target: Target): EgressRule => toVpc(target, PORTS.postgres);
export const toRedis = (target: Target): EgressRule => toVpc(target, PORTS.redis);
export const toRepositoryHost = (target: Target): EgressRule => toVpc(target, PORTS.pgbackrest);
export const toKubernetes = (target: Target): EgressRule => ({
  to: [vpc(target), { ipBlock: { cidr: SERVICE_CIDR } }],
  ports: [tcp(PORTS.kubernetes), tcp(PORTS.https)],
});
export const toCloud = (): EgressRule => ({ to: [CLOUD], ports: [tcp(PORTS.https)] });

export function toInternet(ports: readonly number[]): EgressRule {
  return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: NOT_INTERNET } }], ports: ports.map(tcp) };
}

/** CoreDNS is managed: it may answer from the VPC or behind the service address, so both are named. */
export function toDns(target: Target): EgressRule {
  return {
    to: [vpc(target), { ipBlock: { cidr: SERVICE_CIDR } }],
    ports: [tcp(PORTS.dns), { port: PORTS.dns, protocol: "UDP" }],
  };
}

/** From the load balancer, which sits in the VPC. */
export const fromEdge = (target: Target): IngressRule => ({ from: [vpc(target)], ports: [tcp(PORTS.http)] });

export function fromNamespace(namespace: string, ports: readonly number[]): IngressRule {
  return {
    from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }],
    ports: ports.map(tcp),
  };
}

export const fromPrometheus = (): IngressRule => fromNamespace(NAMESPACES.monitoring, [PORTS.management]);

export interface Reached {
  name: string;
  /** `https://host[:port]/…` */
  endpoint: string;
}

/**
 * The declared integrations that an app uses, as far as this environment has them.
 * @throws Error for one that nobody has declared in policies/service/integrations
 */
export function reached(target: Target, names: readonly string[]): Reached[] {
  return names.flatMap((name) => {
    const found: Integration | undefined = target.integrations.find((each) => each.name === name);
    if (!found) {
      const known = target.integrations.map((each) => each.name).join(", ");
      throw new Error(`no integration is called ${name}: expected one of ${known}`);
    }
    const endpoint = endpointOf(target, found);
    return endpoint === undefined ? [] : [{ name, endpoint }];
  });
}

/** 443 or whatever the declared endpoints say, to the Internet. None without integrations. */
export function toIntegrations(integrations: readonly Reached[]): EgressRule[] {
  const ports = integrations.map(({ endpoint }) => Number(new URL(endpoint).port || PORTS.https));
  return ports.length === 0 ? [] : [toInternet([...new Set(ports)].sort((a, b) => a - b))];
}

/** For people who read the policy: `payment=openapi.alipay.com`. */
export function hostsOf(integrations: readonly Reached[]): Record<string, string> {
  if (integrations.length === 0) return {};
  const hosts = integrations.map(({ name, endpoint }) => `${name}=${new URL(endpoint).host}`);
  return { "netedu.example/egress-hosts": hosts.join(",") };
}

/** Nothing in, nothing out, for every pod of a namespace. */
export function denyAll(namespace: string, labels: Record<string, string>): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "default-deny", namespace, labels },
    spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
}

export interface Allowed {
  name: string;
  namespace: string;
  labels: Record<string, string>;
  annotations?: Record<string, string>;
  /** Labels of the pods it is about; every pod of the namespace without. */
  pods?: Record<string, string>;
  ingress: IngressRule[];
  egress: EgressRule[];
}

export function allow({
  name,
  namespace,
  labels,
  annotations,
  pods,
  ingress,
  egress,
}: Allowed): NetworkPolicy {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace, labels, ...(annotations ? { annotations } : {}) },
    spec: {
      podSelector: pods ? { matchLabels: pods } : {},
      policyTypes: [...(ingress.length > 0 ? ["Ingress"] : []), ...(egress.length > 0 ? ["Egress"] : [])],
      ...(ingress.length > 0 ? { ingress } : {}),
      ...(egress.length > 0 ? { egress } : {}),
    },
  };
}
