// The role that OSS assumes to copy objects into the second region. May read sources and write destinations, no more.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";

export interface ReplicationRoleArgs {
  environment: string;
  accountId: string;
  sources: readonly string[];
  destinations: readonly pulumi.Input<string>[];
  tags: Tags;
}

export class ReplicationRole extends pulumi.ComponentResource {
  readonly roleName: pulumi.Output<string>;

  constructor(name: string, args: ReplicationRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:ReplicationRole", name, {}, opts);
    const role = new alicloud.ram.Role(
      name,
      {
        roleName: physicalName(args.environment, "replication"),
        description: "OSS copies buckets into the second region",
        maxSessionDuration: 3600,
        assumeRolePolicyDocument: JSON.stringify({
          Version: "1",
          Statement: [
            { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: ["oss.aliyuncs.com"] } },
          ],
        }),
        tags: args.tags,
      },
      { parent: this },
    );
    const objects = (bucket: pulumi.Input<string>) => [
      pulumi.interpolate`acs:oss:*:*:${bucket}`,
      pulumi.interpolate`acs:oss:*:*:${bucket}/*`,
    ];
    const allow = (Action: string[], Resource: pulumi.Input<string>[]) => ({
      Effect: "Allow",
      Action,
      Resource,
    });
    const policy = new alicloud.ram.Policy(
      name,
      {
        policyName: physicalName(args.environment, "replication"),
        description: "Read sources, write destinations, use the keys for it",
        tags: args.tags,
        rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
        policyDocument: pulumi.jsonStringify({
          Version: "1",
          Statement: [
            allow(["oss:ReplicateList", "oss:ReplicateGet"], args.sources.flatMap(objects)),
            allow(["oss:ReplicatePut"], args.destinations.flatMap(objects)),
            allow(["kms:GenerateDataKey", "kms:Decrypt"], [`acs:kms:*:${args.accountId}:key/*`]),
          ],
        }),
      },
      { parent: this },
    );
    new alicloud.ram.RolePolicyAttachment(
      name,
      { roleName: role.roleName, policyName: policy.policyName, policyType: "Custom" },
      { parent: this },
    );
    this.roleName = role.roleName;
    this.registerOutputs({ roleName: this.roleName });
  }
}
