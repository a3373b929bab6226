// Who may talk to whom: denied by default, opened for what is declared.
import { beforeAll, describe, expect, it } from "vitest";
import { targetOf } from "../../k8s/app";
import { reached, toIntegrations } from "../../k8s/parts/network";
import { loadContract } from "../../policies/contract/load";
import { loadIntegrations } from "../../policies/service/load";
import { loadRelease } from "../../policies/service/releases";
import { ROOT } from "../policies/repository";
import { ENVIRONMENTS, podOf, type Rendered, renderAll, titleOf } from "./rendered";

interface Peer {
  ipBlock?: { cidr: string; except?: string[] };
  namespaceSelector?: unknown;
}
interface Rule {
  to?: Peer[];
  from?: Peer[];
  ports?: { port: number; protocol: string }[];
}

let all: Rendered[] = [];
beforeAll(async () => {
  all = await renderAll();
});

const policies = (environment: string, namespace: string): Rendered[] =>
  all.filter(
    ({ kind, file, metadata }) =>
      kind === "NetworkPolicy" && file.environment === environment && metadata.namespace === namespace,
  );

const egressOf = (environment: string, app: string): Rule[] => {
  const policy = all.find(
    ({ kind, file, metadata }) =>
      kind === "NetworkPolicy" && file.environment === environment && metadata.name === app,
  );
  return (policy?.spec.egress ?? []) as Rule[];
};

const reaches = (rules: Rule[], cidr: string): number[] =>
  rules
    .filter(({ to }) => to?.some(({ ipBlock }) => ipBlock?.cidr === cidr))
    .flatMap(({ ports }) => (ports ?? []).map(({ port }) => port));

const INTERNET = "0.0.0.0/0";

function target(environment: "prod" | "staging" | "dr") {
  return targetOf(environment, {
    contract: loadContract(ROOT),
    integrations: loadIntegrations(ROOT),
    release: loadRelease(ROOT, environment),
    apps: [],
  });
}

describe("network policies", () => {
  it("deny everything in both directions in every namespace that is made", () => {
    const namespaces = all.filter(({ kind }) => kind === "Namespace");
    expect(namespaces).toHaveLength(ENVIRONMENTS.length * 6);
    const open = namespaces.filter(
      ({ file, metadata }) =>
        !policies(file.environment, metadata.name).some(
          ({ spec }) => JSON.stringify(spec) === '{"podSelector":{},"policyTypes":["Ingress","Egress"]}',
        ),
    );
    expect(open.map(titleOf)).toEqual([]);
  });

  it("leave no pod of ours without a policy of its own", () => {
    const bare = all.filter((each) => {
      const pod = podOf(each);
      if (!pod) return false;
      return !policies(each.file.environment, each.metadata.namespace!).some(({ spec }) => {
        const labels = (spec.podSelector as { matchLabels?: Record<string, string> }).matchLabels;
        return labels && Object.entries(labels).every(([name, value]) => pod.metadata.labels[name] === value);
      });
    });
    expect(bare.map(titleOf)).toEqual([]);
  });

  it.each<[string, string, number[]]>([
    ["prod", "learning-web", [443]],
    ["prod", "worker-payment", [443]],
    ["prod", "worker-transcode", []],
    ["staging", "worker-transcode", []],
  ])("%s %s reaches the Internet on %j", (environment, app, ports) => {
    expect(reaches(egressOf(environment, app), INTERNET)).toEqual(ports);
  });

  it("never let the Internet mean the private ranges or the metadata service", () => {
    const blocks = all
      .filter(({ kind }) => kind === "NetworkPolicy")
      .flatMap(({ spec }) => ((spec.egress ?? []) as Rule[]).flatMap(({ to }) => to ?? []))
      .flatMap(({ ipBlock }) => (ipBlock ? [ipBlock] : []));
    const internet = blocks.filter(({ cidr }) => cidr === INTERNET);
    expect(internet.length).toBeGreaterThan(10);
    for (const { except } of internet) {
      expect(except).toEqual(expect.arrayContaining(["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16"]));
    }
    const cloud = blocks.filter(({ cidr }) => cidr === "100.64.0.0/10");
    expect(cloud.filter(({ except }) => !except?.includes("100.100.100.200/32"))).toEqual([]);
  });

  it.each([
    ["prod", "10.10.0.0/16"],
    ["staging", "10.20.0.0/16"],
    ["dr", "10.30.0.0/16"],
  ])("%s reaches database, cache and names in its own network only", (environment, cidr) => {
    const rules = egressOf(environment, "worker-sms");
    expect(reaches(rules, cidr)).toEqual([53, 53, 5432, 6379]);
    const others = rules.flatMap(({ to }) => to ?? []).map(({ ipBlock }) => ipBlock?.cidr);
    expect(others.filter((other) => other?.startsWith("10.") && other !== cidr)).toEqual([]);
  });

  it("open 8080 to the load balancer for what serves, and metrics to Prometheus alone", () => {
    for (const app of ["learning-web", "mobile-api", "wechat-gateway", "worker-sms"]) {
      const policy = all.find(
        ({ kind, metadata, file }) =>
          kind === "NetworkPolicy" && metadata.name === app && file.environment === "prod",
      );
      const ingress = policy?.spec.ingress as Rule[];
      const ports = ingress.map(({ from, ports: open }) => [
        from?.[0]?.ipBlock?.cidr ?? "monitoring",
        open?.[0]?.port,
      ]);
      expect(ports).toEqual([
        ...(app === "worker-sms" ? [] : [["10.10.0.0/16", 8080]]),
        ["monitoring", 9090],
      ]);
    }
  });

  it("name the hosts that an app is meant to reach, from the declared integrations", () => {
    const hosts = (environment: string, app: string): string | undefined =>
      all.find(
        ({ kind, metadata, file }) =>
          kind === "NetworkPolicy" && metadata.name === app && file.environment === environment,
      )?.metadata.annotations?.["netedu.example/egress-hosts"];
    expect(hosts("prod", "worker-payment")).toBe("payment=openapi.alipay.com");
    expect(hosts("staging", "worker-payment")).toBe("payment=openapi-sandbox.dl.alipaydev.com");
    expect(hosts("dr", "worker-payment")).toBe("payment=openapi.alipay.com"); // takes prod's partners over
    expect(hosts("staging", "learning-web")).not.toContain("customer-service-bot"); // not declared there
    expect(hosts("prod", "worker-transcode")).toBeUndefined();
  });

  it("follow the port of a declared endpoint", () => {
    const odd = [
      { name: "a", endpoint: "https://a.example:8443/x" },
      { name: "b", endpoint: "https://b.example/" },
    ];
    expect(toIntegrations(odd).flatMap(({ ports }) => ports?.map(({ port }) => port))).toEqual([443, 8443]);
    expect(toIntegrations([])).toEqual([]);
  });

  it("refuse an integration that nobody declared", () => {
    expect(() => reached(target("prod"), ["paiment"])).toThrow(
      /no integration is called paiment: expected one of .*payment/,
    );
  });
});
