// Security groups by role. The only door to the Internet is 443 (and 80, which only redirects) on the edge.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";

export const ROLES = ["edge", "cluster", "servers", "database"] as const;
export type Role = (typeof ROLES)[number];

interface Door {
  to: Role;
  /** A role, or the Internet. */
  from: Role | "internet";
  port: number;
  why: string;
}

/** Everything else stays shut: a group accepts nothing that is not listed. */
const DOORS: readonly Door[] = [
  { to: "edge", from: "internet", port: 443, why: "learners, over TLS" },
  { to: "edge", from: "internet", port: 80, why: "redirected to 443" },
  { to: "cluster", from: "edge", port: 8080, why: "load balancer to applications" },
  { to: "servers", from: "cluster", port: 8443, why: "applications to servers outside the cluster" },
  { to: "database", from: "cluster", port: 5432, why: "applications to PostgreSQL" },
  { to: "database", from: "servers", port: 5432, why: "servers to PostgreSQL" },
  { to: "database", from: "database", port: 5432, why: "replication" },
  { to: "database", from: "database", port: 8432, why: "pgBackRest over TLS" },
];

export interface SecurityGroupsArgs {
  environment: string;
  vpcId: pulumi.Input<string>;
  tags: Tags;
}

export class SecurityGroups extends pulumi.ComponentResource {
  private readonly groups = new Map<Role, alicloud.ecs.SecurityGroup>();

  constructor(name: string, args: SecurityGroupsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:SecurityGroups", name, {}, opts);
    for (const role of ROLES) this.createGroup(name, role, args);
    for (const door of DOORS) this.open(name, door);
    this.registerOutputs();
  }

  id(role: Role): pulumi.Output<string> {
    return this.groups.get(role)!.id;
  }

  private createGroup(name: string, role: Role, { environment, vpcId, tags }: SecurityGroupsArgs): void {
    const group = new alicloud.ecs.SecurityGroup(
      `${name}-${role}`,
      {
        securityGroupName: physicalName(environment, role),
        description: `${role} of ${environment}`,
        vpcId,
        securityGroupType: "normal",
        innerAccessPolicy: role === "cluster" ? "Accept" : "Drop", // pods of one cluster talk to each other
        tags: { ...tags, role },
      },
      { parent: this },
    );
    this.groups.set(role, group);
  }

  private open(name: string, { to, from, port, why }: Door): void {
    const source = from === "internet" ? { cidrIp: "0.0.0.0/0" } : { sourceSecurityGroupId: this.id(from) };
    new alicloud.ecs.SecurityGroupRule(
      `${name}-${to}-${port}-from-${from}`,
      {
        securityGroupId: this.id(to),
        type: "ingress",
        policy: "accept",
        ipProtocol: "tcp",
        portRange: `${port}/${port}`,
        nicType: "intranet",
        priority: 10,
        description: why,
        ...source,
      },
      { parent: this },
    );
  }
}
