// GitHub's identity in this account, and one short-lived role for each pipeline. Account-wide: declared once per account.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Region, type Tags } from "../environments";
import type { Grant } from "../plan/permissions";
import { NEVER, PIPELINES, type Pipeline } from "../plan/pipelines";

const ISSUER = "https://token.actions.githubusercontent.com";
const AUDIENCE = "sts.aliyuncs.com";

export interface PipelineRolesArgs {
  environment: string;
  accountId: string;
  /** Environments and regions that live in the account: a recovery environment is applied by the same roles. */
  covers: { environments: readonly string[]; regions: readonly Region[] };
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
        tags: args.tags,
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

  /** One repository and its GitHub environments, exactly: a wildcard would let any branch assume the role. */
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
              "oidc:sub": subjectsOf(environment, args),
            },
          },
        },
      ],
    });
  }

  private permissions({ allow }: Pipeline, args: PipelineRolesArgs): string {
    const statements = allow.map(({ actions, resources, when }) => ({
      Effect: "Allow",
      Action: actions,
      Resource: resources.flatMap((resource) => filled(resource, args)),
      ...(when ? { Condition: when } : {}),
    }));
    const never = { Effect: "Deny", Action: NEVER, Resource: ["*"] };
    return JSON.stringify({ Version: "1", Statement: [...statements, never] });
  }
}

/** One text for one environment, a list for several. */
function subjectsOf(environment: Pipeline["environment"], args: PipelineRolesArgs): string | string[] {
  const names = environment.includes("<environment>")
    ? args.covers.environments.map((name) => environment.replace("<environment>", name))
    : [environment.replace("<home>", args.environment)];
  const subjects = names.map((name) => `repo:${args.repository}:environment:${name}`);
  return subjects.length === 1 ? subjects[0]! : subjects;
}

/** One ARN for each environment and region that it speaks of. */
function filled(
  resource: Grant["resources"][number],
  { accountId, covers, environment }: PipelineRolesArgs,
): string[] {
  const each = (texts: readonly string[], mark: string, values: readonly string[]): string[] =>
    texts.flatMap((text) =>
      text.includes(mark) ? values.map((value) => text.replaceAll(mark, value)) : [text],
    );
  const placed = each(
    [resource.replaceAll("<account>", accountId).replaceAll("<home>", environment)],
    "<region>",
    covers.regions,
  );
  return each(placed, "<environment>", covers.environments);
}
