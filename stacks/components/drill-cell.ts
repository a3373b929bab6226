// Where a drill happens: a VPC with no gateway, no peering and no public address, and a group that lets nothing out of it.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";
import { planSubnets } from "../plan/subnets";

export interface DrillCellArgs {
  drill: string;
  cidr: string;
  zones: readonly string[];
  tags: Tags;
}

export class DrillCell extends pulumi.ComponentResource {
  readonly vpc: alicloud.vpc.Network;
  readonly places: { zone: string; id: pulumi.Output<string> }[];
  readonly groupId: pulumi.Output<string>;

  constructor(
    name: string,
    { drill, cidr, zones, tags }: DrillCellArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:DrillCell", name, {}, opts);
    this.vpc = new alicloud.vpc.Network(
      name,
      { vpcName: physicalName(drill, "vpc"), cidrBlock: cidr, tags },
      { parent: this },
    );
    this.places = planSubnets(cidr, zones, [{ name: "data", mask: 24 }]).map((subnet) => {
      const made = new alicloud.vpc.Switch(
        `${name}-${subnet.zone.at(-1)}`,
        {
          vswitchName: physicalName(drill, `data-${subnet.zone.at(-1)}`),
          vpcId: this.vpc.id,
          zoneId: subnet.zone,
          cidrBlock: subnet.cidr,
          tags,
        },
        { parent: this },
      );
      return { zone: subnet.zone, id: made.id };
    });
    this.groupId = this.createGroup(name, drill, cidr, tags);
    this.registerOutputs({ vpcId: this.vpc.id });
  }

  /** The first rule keeps the inside reachable, the second shuts everything else; without a route it is the second lock. */
  private createGroup(name: string, drill: string, cidr: string, tags: Tags): pulumi.Output<string> {
    const group = new alicloud.ecs.SecurityGroup(
      name,
      {
        securityGroupName: physicalName(drill, "cell"),
        description: "nothing leaves a drill",
        vpcId: this.vpc.id,
        securityGroupType: "normal",
        innerAccessPolicy: "Accept",
        tags,
      },
      { parent: this },
    );
    const rule = (suffix: string, policy: "accept" | "drop", cidrIp: string, priority: number) =>
      new alicloud.ecs.SecurityGroupRule(
        `${name}-${suffix}`,
        {
          securityGroupId: group.id,
          type: "egress",
          policy,
          ipProtocol: "all",
          portRange: "-1/-1",
          nicType: "intranet",
          priority,
          cidrIp,
          description: suffix,
        },
        { parent: this },
      );
    rule("inside", "accept", cidr, 1);
    rule("nothing-out", "drop", "0.0.0.0/0", 2);
    return group.id;
  }
}
