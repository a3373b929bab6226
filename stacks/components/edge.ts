// The public door: a load balancer with TLS 1.2+, a web application firewall, and the names that lead to it.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";
import type { LogProject } from "./log-project";

export interface EdgeArgs {
  environment: string;
  vpcId: pulumi.Input<string>;
  /** One vSwitch in each of at least two zones. */
  switches: readonly { zone: string; id: pulumi.Input<string> }[];
  edition: "Basic" | "Standard" | "StandardWithWaf";
  /** `<id>-<region>` */
  certificate: string;
  domain: string;
  hosts: readonly string[];
  /** False: the records exist but are switched off, and promotion switches them on. */
  serving: boolean;
  /** Access log; its store must be called `alb_…`. */
  logs: LogProject;
  tags: Tags;
}

/** Seconds. The smallest that the free edition of Alidns takes; failover cannot be faster than this. */
const TTL = 600;

export class Edge extends pulumi.ComponentResource {
  readonly loadBalancer: alicloud.alb.LoadBalancer;
  readonly serverGroup: alicloud.alb.ServerGroup;

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Edge", name, {}, opts);
    this.loadBalancer = this.createLoadBalancer(name, args);
    this.serverGroup = this.createServerGroup(name, args);
    this.createListeners(name, args);
    this.createRecords(name, args);
    this.registerOutputs({ dnsName: this.loadBalancer.dnsName });
  }

  private createLoadBalancer(name: string, args: EdgeArgs): alicloud.alb.LoadBalancer {
    return new alicloud.alb.LoadBalancer(
      name,
      {
        loadBalancerName: physicalName(args.environment, "edge"),
        loadBalancerEdition: args.edition,
        addressType: "Internet",
        addressAllocatedMode: "Fixed",
        loadBalancerBillingConfig: { payType: "PayAsYouGo" },
        vpcId: args.vpcId,
        zoneMappings: args.switches.map(({ zone, id }) => ({ zoneId: zone, vswitchId: id })),
        deletionProtectionEnabled: true,
        modificationProtectionConfig: { status: "NonProtection" },
        accessLogConfig: { logProject: args.logs.projectName, logStore: args.logs.store("alb_access") },
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
  }

  /** The cluster's ingress controller registers the pods; we own only how they are found healthy. */
  private createServerGroup(name: string, { environment, vpcId, tags }: EdgeArgs): alicloud.alb.ServerGroup {
    return new alicloud.alb.ServerGroup(
      name,
      {
        serverGroupName: physicalName(environment, "applications"),
        serverGroupType: "Ip",
        protocol: "HTTP",
        scheduler: "Wlc",
        vpcId,
        healthCheckConfig: {
          healthCheckEnabled: true,
          healthCheckProtocol: "HTTP",
          healthCheckMethod: "GET",
          healthCheckPath: "/healthz",
          healthCheckCodes: ["http_2xx"],
          healthCheckInterval: 5,
          healthCheckTimeout: 3,
          healthyThreshold: 2,
          unhealthyThreshold: 3,
        },
        tags,
      },
      { parent: this, ignoreChanges: ["servers"] },
    );
  }

  private createListeners(name: string, { certificate, tags }: EdgeArgs): void {
    const forward = [
      {
        type: "ForwardGroup",
        forwardGroupConfig: { serverGroupTuples: [{ serverGroupId: this.serverGroup.id }] },
      },
    ];
    new alicloud.alb.Listener(
      `${name}-https`,
      {
        loadBalancerId: this.loadBalancer.id,
        listenerProtocol: "HTTPS",
        listenerPort: 443,
        listenerDescription: "learners",
        certificates: { certificateId: certificate },
        securityPolicyId: "tls_cipher_policy_1_2_strict_with_1_3",
        http2Enabled: true,
        defaultActions: forward,
        tags,
      },
      { parent: this },
    );
    const plain = new alicloud.alb.Listener(
      `${name}-http`,
      {
        loadBalancerId: this.loadBalancer.id,
        listenerProtocol: "HTTP",
        listenerPort: 80,
        listenerDescription: "redirected to 443",
        defaultActions: forward,
        tags,
      },
      { parent: this },
    );
    new alicloud.alb.Rule(
      `${name}-to-https`,
      {
        listenerId: plain.id,
        ruleName: "to-https",
        priority: 1,
        ruleConditions: [{ type: "Path", pathConfig: { values: ["/*"] } }],
        ruleActions: [
          { type: "Redirect", order: 1, redirectConfig: { protocol: "HTTPS", port: "443", httpCode: "301" } },
        ],
      },
      { parent: this },
    );
  }

  private createRecords(name: string, { hosts, domain, serving, environment }: EdgeArgs): void {
    for (const host of hosts) {
      new alicloud.dns.AlidnsRecord(
        `${name}-${host}`,
        {
          domainName: domain,
          rr: host,
          type: "CNAME",
          value: this.loadBalancer.dnsName,
          ttl: TTL,
          line: "default",
          status: serving ? "ENABLE" : "DISABLE",
          remark: environment,
        },
        { parent: this },
      );
    }
  }
}
