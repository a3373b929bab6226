// What pipelines may do, read from the policy documents that the stacks declare: who may assume a role, and what it allows.
import { beforeAll, describe, expect, it } from "vitest";
import { Evaluator } from "../../scripts/plan/adapter/evaluate";
import { loadProject } from "../../scripts/plan/adapter/project";
import { cloudResources, type PlannedResource, type StackPlan } from "../../scripts/plan/model";
import { trustOf } from "../../stacks/components/dump-role";
import { LAYERS, STACKS } from "../../stacks/environments";
import { BY_PERSON, changing, LAYER_TYPES } from "../../stacks/plan/permissions";
import { PIPELINES } from "../../stacks/plan/pipelines";
import { ROOT } from "../policies/repository";

interface Statement {
  Effect: "Allow" | "Deny";
  Action: string | string[];
  Resource: string[];
  Condition?: Record<string, Record<string, string>>;
}

let plans: StackPlan[] = [];
beforeAll(async () => {
  plans = await new Evaluator(await loadProject(ROOT)).evaluate(STACKS);
});

const ofType = (stack: string, type: string): PlannedResource[] =>
  cloudResources(plans.find((plan) => plan.stack === stack)!).filter((resource) => resource.type === type);
const statements = (document: unknown): Statement[] =>
  (JSON.parse(String(document)) as { Statement: Statement[] }).Statement;
const policies = (): { name: string; size: number; allow: Statement[]; deny: Statement[] }[] =>
  ["prod-compute", "staging-compute"].flatMap((stack) =>
    ofType(stack, "alicloud:ram/policy:Policy")
      .filter(({ name }) => name !== "dumps")
      .map(({ name, inputs }) => ({
        name: `${stack} ${name}`,
        size: String(inputs.policyDocument).length,
        allow: statements(inputs.policyDocument).filter(({ Effect }) => Effect === "Allow"),
        deny: statements(inputs.policyDocument).filter(({ Effect }) => Effect === "Deny"),
      })),
  );
const allowed = (name: string): string[] =>
  policies()
    .find((policy) => policy.name === name)!
    .allow.flatMap(({ Action }) => Action);

describe("pipelines' roles", () => {
  it("are assumed by one repository and named GitHub environments, for hours at most", () => {
    const roles = ofType("prod-compute", "alicloud:ram/role:Role").filter(({ name }) => name !== "dumps");
    expect(roles.map(({ name }) => name).sort()).toEqual(PIPELINES.map(({ name }) => name).sort());
    for (const { name, inputs } of roles) {
      const [trust] = statements(inputs.assumeRolePolicyDocument);
      expect(trust!.Condition).toEqual({
        StringEquals: {
          "oidc:iss": "https://token.actions.githubusercontent.com",
          "oidc:aud": "sts.aliyuncs.com",
          // Verification of dr has an environment of its own on GitHub; everything else of dr is done in prod's.
          "oidc:sub":
            name === "verify"
              ? ["prod", "dr"].map((of) => `repo:netedu/netedu-ops:environment:${of}-verify`)
              : `repo:netedu/netedu-ops:environment:prod-${name}`,
        },
      });
      const hours = /^(verify|drill)$/.test(name) ? 4 : 1;
      expect([name, Number(inputs.maxSessionDuration)]).toEqual([name, hours * 3600]);
    }
    expect(plans.flatMap(cloudResources).some(({ type }) => type.includes("ram/accessKey"))).toBe(false);
  });

  it("allow nothing on everything: every resource names the account, and only reading goes by prefix", () => {
    expect(policies()).toHaveLength(2 * PIPELINES.length);
    for (const { name, size, allow } of policies()) {
      expect([name, size < 6144]).toEqual([name, true]);
      const account = name.startsWith("prod") ? "1000000000000001" : "1000000000000002";
      for (const { Action, Resource } of allow) {
        for (const resource of Resource)
          expect([name, resource]).toEqual([name, expect.stringContaining(`:${account}:`)]);
        for (const action of Action)
          expect([name, action]).toEqual([
            name,
            expect.stringMatching(/^[a-z-]+:((Describe|Get|List|GetBucket)\*|[A-Za-z0-9]+)$/),
          ]);
      }
    }
  });

  it("hand out a way into the cluster to who applies it, and to no other", () => {
    const getting = policies()
      .filter(({ allow }) =>
        allow.some(({ Action }) =>
          [Action].flat().some((action) => /^cs:(\*|Describe\*|DescribeClusterUserKubeconfig)$/.test(action)),
        ),
      )
      .map(({ name }) => name);
    expect(getting.sort()).toEqual(["prod-compute apply-compute", "staging-compute apply-compute"]);
    expect(allowed("prod-compute preview")).toContain("cs:DescribeClusterDetail");
  });

  it("leave no mark unfilled, and cover every region of the account", () => {
    const data = policies().find(({ name }) => name === "prod-compute apply-data")!;
    expect(JSON.stringify(policies())).not.toMatch(/<\w+>/);
    const rds = data.allow.find(({ Action }) => Action.includes("rds:CreateDBInstance"))!;
    expect(rds.Resource).toEqual([
      "acs:rds:cn-beijing:1000000000000001:*",
      "acs:rds:cn-hangzhou:1000000000000001:*",
    ]);
  });

  it("change their own layer and no other", () => {
    expect(allowed("prod-compute apply-watch")).toContain("cms:PutResourceMetricRule");
    for (const layer of LAYERS) {
      const writes = allowed(`prod-compute apply-${layer}`).filter(
        (action) => !/:(Describe|Get|List)/.test(action),
      );
      const foreign = {
        network: /^(rds|cs|cms|kms):/,
        data: /^(alb|cs|cms|vpc|log):/,
        compute: /^(rds|alb|vpc|kms|cms):/,
        watch: /^(rds|vpc|ecs|cs|kms):/,
      };
      expect([layer, writes.filter((action) => foreign[layer].test(action))]).toEqual([layer, []]);
    }
  });

  it("are denied what destroys, unprotects or gives rights", () => {
    for (const { name, deny } of policies()) {
      expect([name, deny[0]!.Resource]).toEqual([name, ["*"]]);
      expect(deny[0]!.Action).toEqual(
        expect.arrayContaining([
          "actiontrail:StopLogging",
          "oss:DeleteObjectVersion",
          "kms:ScheduleKeyDeletion",
          "ram:Attach*",
        ]),
      );
    }
    const deleting = policies().flatMap(({ name, allow }) =>
      allow.flatMap(({ Action, Condition }) =>
        [Action]
          .flat()
          .filter((action) =>
            /:(DeleteDBInstance|DeleteVpc|DeleteInstance|DeleteBucket|DeleteCluster|DeleteVault|DeleteLogStore|ReleaseEipAddress)$/.test(
              action,
            ),
          )
          .map((action) => [name, action, Condition]),
      ),
    );
    expect(deleting.length).toBeGreaterThan(0);
    for (const [name, , condition] of deleting) {
      expect(name).toMatch(/ drill$/);
      expect(condition).toEqual({ StringLike: { "acs:ResourceTag/drill": "drill-*" } });
    }
  });
});

describe("the role that mounts the bucket of dumps", () => {
  it("writes and reads there, deletes nothing, and is there where the database is managed", () => {
    const [policy] = ofType("prod-compute", "alicloud:ram/policy:Policy").filter(
      ({ name }) => name === "dumps",
    );
    const document = statements(policy!.inputs.policyDocument);
    const actions = document.filter(({ Effect }) => Effect === "Allow").flatMap(({ Action }) => Action);
    expect(actions).toContain("oss:PutObject");
    expect(actions.filter((action) => /Delete|\*|PutBucket/.test(action))).toEqual([]);
    const places = document.filter(({ Effect }) => Effect === "Allow").flatMap(({ Resource }) => Resource);
    for (const place of places)
      expect(place).toMatch(
        /^acs:(oss:\*:1000000000000001:netedu-prod-dumps(\/\*)?|kms:cn-beijing:1000000000000001:key\/\*)$/,
      );
    expect(document.filter(({ Effect }) => Effect === "Deny").flatMap(({ Action }) => Action)).toEqual([
      "oss:DeleteObject",
      "oss:DeleteObjectVersion",
      "oss:DeleteMultipleObjects",
    ]);
    const having = ["prod", "staging", "dr"].filter((name) =>
      ofType(`${name}-compute`, "alicloud:ram/role:Role").some((role) => role.name === "dumps"),
    );
    expect(having).toEqual(["prod", "staging"]);
  });

  it("is assumed by the storage driver of one cluster only", () => {
    expect(trustOf("acs:ram::1:oidc-provider/ack-rrsa-c1", "https://issuer/c1").Statement).toEqual([
      {
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { Federated: ["acs:ram::1:oidc-provider/ack-rrsa-c1"] },
        Condition: {
          StringEquals: {
            "oidc:iss": "https://issuer/c1",
            "oidc:aud": "sts.aliyuncs.com",
            "oidc:sub": "system:serviceaccount:ack-csi-fuse:csi-fuse-ossfs",
          },
        },
      },
    ]);
  });
});

describe("layers' types", () => {
  const short = (type: string): string => type.replace(/^alicloud:|:[^:]+$/g, "");

  it.each(LAYERS)("of %s are exactly those that a pipeline may change, or a person", (layer) => {
    const planned = new Set(
      plans
        .filter((plan) => plan.layer === layer)
        .flatMap(cloudResources)
        .filter(({ type }) => type.startsWith("alicloud:"))
        .map(({ type }) => short(type)),
    );
    const granted = new Set(LAYER_TYPES[layer].split(" "));
    expect([...planned].filter((type) => !granted.has(type) && !BY_PERSON.includes(type))).toEqual([]);
    expect([...granted].filter((type) => !planned.has(type) && !OPTIONAL.includes(type))).toEqual([]);
    expect(changing(layer).length).toBeGreaterThan(0);
  });
});

/** Declared only by some configurations. */
const OPTIONAL = ["rds/rdsInstanceCrossBackupPolicy", "redis/tairInstance"];
