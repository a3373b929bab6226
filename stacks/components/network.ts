// A VPC over several zones with tiers of vSwitches, one fixed way out and flow logs.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";
import { planSubnets, type Subnet, TIERS } from "../plan/subnets";
import { LogProject } from "./log-project";

export interface NetworkArgs {
  environment: string;
  cidr: string;
  zones: readonly string[];
  tags: Tags;
  /** Tiers whose traffic may leave through the NAT gateway. @default none: no way out at all */
  egress?: { tiers: readonly string[] /** Mbit/s, 1–200 */; bandwidth: number };
  /** Days that flow logs are kept. @default no flow logs */
  logRetention?: number;
}

export class Network extends pulumi.ComponentResource {
  readonly vpc: alicloud.vpc.Network;
  /** Fixed address that outside systems may allow-list; undefined without egress. */
  readonly egressIp: pulumi.Output<string> | undefined;
  private readonly switches = new Map<Subnet, alicloud.vpc.Switch>();

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Network", name, {}, opts);
    this.vpc = this.createVpc(name, args);
    this.createSwitches(name, args);
    this.egressIp = args.egress && this.createEgress(name, args, args.egress);
    if (args.logRetention) this.createFlowLog(name, args, args.logRetention);
    this.registerOutputs({ vpcId: this.vpc.id, egressIp: this.egressIp });
  }

  /** vSwitches of a tier, in the order of the zones. */
  tier(name: string): { zone: string; cidr: string; id: pulumi.Output<string> }[] {
    const found = [...this.switches].filter(([subnet]) => subnet.tier === name);
    return found.map(([{ zone, cidr }, { id }]) => ({ zone, cidr, id }));
  }

  private createVpc(name: string, { environment, cidr, tags }: NetworkArgs): alicloud.vpc.Network {
    return new alicloud.vpc.Network(
      name,
      { vpcName: physicalName(environment, "vpc"), cidrBlock: cidr, tags },
      { parent: this, protect: true },
    );
  }

  private createSwitches(name: string, { environment, cidr, zones, tags }: NetworkArgs): void {
    for (const subnet of planSubnets(cidr, zones, TIERS)) {
      const suffix = `${subnet.tier}-${subnet.zone.at(-1)}`;
      const made = new alicloud.vpc.Switch(
        `${name}-${suffix}`,
        {
          vswitchName: physicalName(environment, suffix),
          vpcId: this.vpc.id,
          zoneId: subnet.zone,
          cidrBlock: subnet.cidr,
          tags: { ...tags, tier: subnet.tier },
        },
        { parent: this },
      );
      this.switches.set(subnet, made);
    }
  }

  private createEgress(
    name: string,
    { environment, tags }: NetworkArgs,
    { tiers, bandwidth }: NonNullable<NetworkArgs["egress"]>,
  ): pulumi.Output<string> {
    const gateway = new alicloud.vpc.NatGateway(
      `${name}-nat`,
      {
        natGatewayName: physicalName(environment, "nat"),
        vpcId: this.vpc.id,
        vswitchId: this.tier("edge")[0]!.id,
        natType: "Enhanced",
        networkType: "internet",
        paymentType: "PayAsYouGo",
        internetChargeType: "PayByLcu",
        tags,
      },
      { parent: this },
    );
    // Partners allow-list this address: losing it stops payments and invoices.
    const address = new alicloud.ecs.EipAddress(
      `${name}-egress`,
      {
        addressName: physicalName(environment, "egress"),
        paymentType: "PayAsYouGo",
        internetChargeType: "PayByTraffic",
        bandwidth: String(bandwidth),
        isp: "BGP",
        deletionProtection: true,
        tags,
      },
      { parent: this, protect: true },
    );
    const association = new alicloud.ecs.EipAssociation(
      `${name}-egress`,
      { allocationId: address.id, instanceId: gateway.id, instanceType: "Nat" },
      { parent: this },
    );
    for (const tier of tiers) {
      for (const { zone, id } of this.tier(tier)) {
        new alicloud.vpc.SnatEntry(
          `${name}-${tier}-${zone.at(-1)}`,
          { snatTableId: gateway.snatTableIds, sourceVswitchId: id, snatIp: address.ipAddress },
          { parent: this, dependsOn: association },
        );
      }
    }
    return address.ipAddress;
  }

  private createFlowLog(name: string, { environment, tags }: NetworkArgs, retention: number): void {
    const project = new LogProject(
      `${name}-flow`,
      {
        projectName: physicalName(environment, "flow"),
        purpose: "Flow logs of the VPC",
        stores: [{ name: "flow", retention }],
        tags,
      },
      { parent: this },
    );
    new alicloud.vpc.FlowLog(
      name,
      {
        flowLogName: physicalName(environment, "flow"),
        resourceType: "VPC",
        resourceId: this.vpc.id,
        trafficType: "All",
        trafficPaths: ["all"],
        aggregationInterval: "10",
        projectName: project.projectName,
        logStoreName: project.store("flow"),
        status: "Active",
        tags,
      },
      { parent: this },
    );
  }
}
