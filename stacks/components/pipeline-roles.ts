// GitHub's identity in this account, and one short-lived role for each pipeline. Account-wide: declared once per account.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";
import { PIPELINES, type Pipeline } from "../plan/pipelines";

const ISSUER = "https://token.actions.githubusercontent.com";
const AUDIENCE = "sts.aliyuncs.com";

export interface PipelineRolesArgs {
  environment: string;
  accountId: string;
  /** `owner/name` on GitHub. */
  repository: string;
  /** SHA-1 of the issuer's CA certificate; rotates, so it is configuration. */
  fingerprints: readonly string[];
  tags: Tags;
}

export class PipelineRoles extends pulumi.ComponentResource {
  constructor(name: string, args: PipelineRolesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:PipelineRoles", name, {}, opts);
    const provider = new alicloud.ims.OidcProvider(
      name,
      {
        oidcProviderName: "github",
        description: "GitHub Actions",
        issuerUrl: ISSUER,
        clientIds: [AUDIENCE],
        fingerprints: [...args.fingerprints],
        issuanceLimitTime: 1,
      },
      { parent: this },
    );
    for (const pipeline of PIPELINES) this.createRole(pipeline, args, provider);
    this.registerOutputs();
  }

  private createRole(pipeline: Pipeline, args: PipelineRolesArgs, provider: alicloud.ims.OidcProvider): void {
    const physical = physicalName(args.environment, pipeline.name);
    const role = new alicloud.ram.Role(
      pipeline.name,
      {
        roleName: physical,
        description: pipeline.why,
        maxSessionDuration: pipeline.session,
        assumeRolePolicyDocument: this.trust(pipeline, args),
        tags: args.tags,
      },
      { parent: this, dependsOn: provider },
    );
    const policy = new alicloud.ram.Policy(
      pipeline.name,
      {
        policyName: physical,
        description: pipeline.why,
        policyDocument: this.permissions(pipeline, args),
        rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
      },
      { parent: this },
    );
    new alicloud.ram.RolePolicyAttachment(
      pipeline.name,
      { roleName: role.roleName, policyName: policy.policyName, policyType: "Custom" },
      { parent: this },
    );
  }

  /** One repository and one GitHub environment, exactly: a wildcard would let any branch assume the role. */
  private trust({ environment }: Pipeline, args: PipelineRolesArgs): string {
    return JSON.stringify({
      Version: "1",
      Statement: [
        {
          Effect: "Allow",
          Action: "sts:AssumeRole",
          Principal: { Federated: [`acs:ram::${args.accountId}:oidc-provider/github`] },
          Condition: {
            StringEquals: {
              "oidc:iss": ISSUER,
              "oidc:aud": AUDIENCE,
              "oidc:sub": `repo:${args.repository}:environment:${args.environment}-${environment}`,
            },
          },
        },
      ],
    });
  }

  private permissions({ allow }: Pipeline, { environment, accountId }: PipelineRolesArgs): string {
    const fill = (text: string): string =>
      text.replaceAll("<environment>", environment).replaceAll("<account>", accountId);
    const statements = allow.map(({ actions, resources }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: resources.map(fill),
    }));
    // Whatever a pipeline may do: what proves and protects cannot be taken away by one.
    const never = {
      Effect: "Deny",
      Action: [
        "oss:DeleteBucket",
        "oss:DeleteObjectVersion",
        "oss:AbortBucketWorm",
        "kms:ScheduleKeyDeletion",
        "actiontrail:StopLogging",
        "actiontrail:DeleteTrail",
      ],
      Resource: ["*"],
    };
    return JSON.stringify({ Version: "1", Statement: [...statements, never] });
  }
}
