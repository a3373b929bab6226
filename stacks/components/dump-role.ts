// The role with which the cluster's storage driver mounts the bucket of dumps (RRSA): it may write and read there and delete
// nothing. The bucket keeps versions, so that writing over something destroys nothing either.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Region, type Tags } from "../environments";

/** Where the vendor's driver runs the client that mounts buckets; its documentation fixes both names. */
const CLIENT = "system:serviceaccount:ack-csi-fuse:csi-fuse-ossfs";
const AUDIENCE = "sts.aliyuncs.com";

export interface DumpRoleArgs {
  environment: string;
  accountId: string;
  /** Whose pods' identities are trusted; must have RRSA enabled. */
  cluster: alicloud.cs.ManagedKubernetes;
  bucketName: string;
  region: Region;
  tags: Tags;
}

export class DumpRole extends pulumi.ComponentResource {
  constructor(name: string, args: DumpRoleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:DumpRole", name, {}, opts);
    const { rrsaMetadata } = args.cluster;
    const physical = physicalName(args.environment, "dumps");
    const description = "Mounts the bucket of nightly dumps: writes, reads, deletes nothing";
    const role = new alicloud.ram.Role(
      name,
      {
        roleName: physical,
        description,
        maxSessionDuration: 3600,
        assumeRolePolicyDocument: pulumi
          .all([rrsaMetadata.ramOidcProviderArn, rrsaMetadata.rrsaOidcIssuerUrl])
          .apply(([provider, issuer]) => JSON.stringify(trustOf(provider, issuer))),
        tags: args.tags,
      },
      { parent: this },
    );
    const policy = new alicloud.ram.Policy(
      name,
      {
        policyName: physical,
        description,
        policyDocument: this.permissions(args),
        tags: args.tags,
        rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
      },
      { parent: this },
    );
    new alicloud.ram.RolePolicyAttachment(
      name,
      { roleName: role.roleName, policyName: policy.policyName, policyType: "Custom" },
      { parent: this },
    );
    this.registerOutputs({ roleName: role.roleName });
  }

  /** Known before anything exists, so that a plan shows it. */
  private permissions({ accountId, bucketName, region }: DumpRoleArgs): string {
    const bucket = `acs:oss:*:${accountId}:${bucketName}`;
    const allow = (Action: string[], Resource: string) => ({ Effect: "Allow", Action, Resource: [Resource] });
    return JSON.stringify({
      Version: "1",
      Statement: [
        allow(["oss:ListObjects", "oss:GetBucketInfo"], bucket),
        allow(["oss:PutObject", "oss:GetObject", "oss:ListParts", "oss:AbortMultipartUpload"], `${bucket}/*`),
        // The key that the bucket is encrypted with has an id only once it exists.
        allow(["kms:GenerateDataKey", "kms:Decrypt"], `acs:kms:${region}:${accountId}:key/*`),
        {
          Effect: "Deny",
          Action: ["oss:DeleteObject", "oss:DeleteObjectVersion", "oss:DeleteMultipleObjects"],
          Resource: ["*"],
        },
      ],
    });
  }
}

/** One service account of one cluster. */
export function trustOf(provider: string, issuer: string): Record<string, unknown> {
  return {
    Version: "1",
    Statement: [
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Federated: [provider] },
        Condition: { StringEquals: { "oidc:iss": issuer, "oidc:aud": AUDIENCE, "oidc:sub": CLIENT } },
      },
    ],
  };
}
