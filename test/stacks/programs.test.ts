// What every stack asks the cloud for, held against what must always be true. The requests are captured whole, awaited.
import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadReplacements } from "../../policies/cloud/replacements";
import { Evaluator } from "../../scripts/plan/adapter/evaluate";
import { loadProject } from "../../scripts/plan/adapter/project";
import {
  cloudResources,
  isList,
  isRecord,
  isSecret,
  isUnknown,
  type PlannedResource,
  type PlannedValue,
  type StackPlan,
} from "../../scripts/plan/model";
import {
  ENVIRONMENTS,
  type EnvironmentName,
  physicalName,
  RESTORE_WINDOW_DAYS,
  STACKS,
} from "../../stacks/environments";
import { ROOT } from "../policies/repository";

const ALL = [...STACKS, "drill-sample"];
const plans = new Map<string, StackPlan>();

beforeAll(async () => {
  const project = await loadProject(ROOT);
  for (const plan of await new Evaluator(project).evaluate(ALL)) plans.set(plan.stack, plan);
});

const of = (stack: string): PlannedResource[] => cloudResources(plans.get(stack)!);
const ofType = (stack: string, type: string): PlannedResource[] =>
  of(stack).filter((resource) => resource.type === type);
const everything = (): PlannedResource[] => ALL.flatMap(of);
const only = (stack: string, type: string): PlannedResource => {
  const found = ofType(stack, type);
  expect(found.map(({ name }) => name)).toHaveLength(1);
  return found[0]!;
};
const known = (value: PlannedValue | undefined): unknown => value;

function leaves(value: PlannedValue, at = ""): { at: string; value: PlannedValue }[] {
  if (isList(value)) return value.flatMap((item, index) => leaves(item, `${at}[${index}]`));
  if (isRecord(value))
    return Object.entries(value).flatMap(([name, child]) => leaves(child, `${at}.${name}`));
  return [{ at, value }];
}

describe("all stacks", () => {
  it("evaluate, and refer only to stacks that are made before them", () => {
    for (const { stack, references } of plans.values()) {
      for (const reference of references) expect(ALL.indexOf(reference)).toBeLessThan(ALL.indexOf(stack));
    }
    expect(everything().length).toBeGreaterThan(400);
  });

  it("name an explicit provider of the environment's region for every resource of the cloud", () => {
    for (const { stack, environment, resources } of plans.values()) {
      const regions = environment.startsWith("drill")
        ? ["cn-beijing"]
        : [ENVIRONMENTS[environment as EnvironmentName].region];
      for (const resource of resources.filter(({ custom, type }) => custom && type.startsWith("alicloud:"))) {
        const region = /::([^:]+)::[^:]*$/.exec(resource.provider)?.[1];
        const allowed = stack === "dr-network" ? [...regions, "cn-beijing"] : regions;
        expect([resource.urn, allowed]).toEqual([resource.urn, expect.arrayContaining([region])]);
      }
    }
  });

  it("protect what holds state, except in a drill", () => {
    const { types } = loadReplacements(ROOT);
    const open = STACKS.flatMap(of).filter(({ type, options }) => types[type]?.stateful && !options.protect);
    // A vSwitch holds machines but no content of its own; Pulumi cannot delete one that is in use.
    expect(open.filter(({ type }) => type !== "alicloud:vpc/switch:Switch").map(({ urn }) => urn)).toEqual(
      [],
    );
    expect(of("drill-sample").filter(({ options }) => options.protect)).toEqual([]);
  });

  it("know where each resource is declared", () => {
    expect(everything().filter(({ source }) => !/^stacks\/.+\.ts:\d+$/.test(source ?? ""))).toEqual([]);
  });

  it("set no deprecated property", () => {
    expect(deprecatedOf("alicloud:oss/bucket:Bucket")).toContain("acl");
    const found = everything().flatMap((resource) => {
      const deprecated = deprecatedOf(resource.type);
      return Object.keys(resource.inputs)
        .filter((name) => deprecated.has(name))
        .map((name) => `${resource.type} ${name}`);
    });
    expect(found).toEqual([]);
  });

  it("open only 443, and 80 that redirects, to the Internet", () => {
    const open = everything().flatMap(({ type, inputs, name }) =>
      leaves(inputs)
        .filter(({ value }) => value === "0.0.0.0/0")
        .map(
          () => `${type} ${name} ${String(inputs.type)} ${String(inputs.policy)} ${String(inputs.portRange)}`,
        ),
    );
    for (const line of open) expect(line).toMatch(/ingress accept (443\/443|80\/80)$|egress drop -1\/-1$/);
  });

  it("keep passwords and webhooks secret all the way", () => {
    const fields = everything().flatMap(({ inputs }) =>
      Object.entries(inputs).filter(([name]) => /password|webhook$/i.test(name)),
    );
    expect(fields.length).toBeGreaterThan(10);
    for (const [name, value] of fields) expect([name, isSecret(value)]).toEqual([name, true]);
  });

  it("keep logs for six months at least", () => {
    const stores = everything().filter(({ type }) => type === "alicloud:log/store:Store");
    expect(stores.length).toBeGreaterThan(8);
    for (const { inputs } of stores) expect(Number(inputs.retentionPeriod)).toBeGreaterThanOrEqual(180);
  });

  it("give every name once per account", () => {
    const global = [
      "roleName",
      "policyName",
      "oidcProviderName",
      "bucket",
      "projectName",
      "aliasName",
      "trailName",
    ];
    const typed = new Map([
      ["alicloud:ram/role:Role", "roleName"],
      ["alicloud:ram/policy:Policy", "policyName"],
      ["alicloud:oss/bucket:Bucket", "bucket"],
      ["alicloud:log/project:Project", "projectName"],
      ["alicloud:actiontrail/trail:Trail", "trailName"],
    ]);
    expect([...typed.values()].every((name) => global.includes(name))).toBe(true);
    const names = everything().flatMap(({ type, inputs }) =>
      typed.has(type) ? [`${type} ${String(inputs[typed.get(type)!])}`] : [],
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("make one default key per account and region", () => {
    const keys = [...plans.values()].flatMap(({ environment, resources }) =>
      resources
        .filter(({ type }) => type === "alicloud:kms/key:Key")
        .map(() => {
          const { account, region } = ENVIRONMENTS[environment as EnvironmentName];
          return `${account} ${region}`;
        }),
    );
    expect([...keys].sort()).toEqual([...new Set(keys)].sort());
    expect(keys).toHaveLength(3);
  });

  it("encrypt every disk with our key", () => {
    for (const { type, inputs } of everything()) {
      if (type === "alicloud:ecs/instance:Instance")
        expect([inputs.systemDiskEncrypted, isUnknown(inputs.systemDiskKmsKeyId)]).toEqual([true, true]);
      if (type === "alicloud:ecs/ecsDisk:EcsDisk")
        expect([inputs.encrypted, isUnknown(inputs.kmsKeyId)]).toEqual([true, true]);
      if (type === "alicloud:cs/nodePool:NodePool")
        expect([inputs.systemDiskEncrypted, isUnknown(inputs.systemDiskKmsKey)]).toEqual([true, true]);
    }
  });
});

describe("buckets", () => {
  const buckets = (): { stack: string; name: string }[] =>
    ["prod-data", "staging-data", "dr-data"].flatMap((stack) =>
      ofType(stack, "alicloud:oss/bucket:Bucket").map(({ name }) => ({ stack, name })),
    );

  it("are private, encrypted with our key and reached by TLS 1.2 at least", () => {
    expect(buckets()).toHaveLength(18);
    for (const { stack, name } of buckets()) {
      const part = (type: string) => ofType(stack, type).find((resource) => resource.name === name)!.inputs;
      expect(part("alicloud:oss/bucketAcl:BucketAcl").acl).toBe("private");
      expect(part("alicloud:oss/bucketPublicAccessBlock:BucketPublicAccessBlock").blockPublicAccess).toBe(
        true,
      );
      expect(part("alicloud:oss/bucketHttpsConfig:BucketHttpsConfig").tlsVersions).toEqual([
        "TLSv1.2",
        "TLSv1.3",
      ]);
      const encryption = part("alicloud:oss/bucketServerSideEncryption:BucketServerSideEncryption");
      expect([encryption.sseAlgorithm, isUnknown(encryption.kmsMasterKeyId)]).toEqual(["KMS", true]);
    }
  });

  it("have versions or WORM and never both; only evidence has WORM", () => {
    for (const { stack, name } of buckets()) {
      const has = (type: string) => ofType(stack, type).some((resource) => resource.name === name);
      expect([name, has("alicloud:oss/bucketVersioning:BucketVersioning")]).toEqual([
        name,
        name !== "evidence",
      ]);
      expect([name, has("alicloud:oss/bucketWorm:BucketWorm")]).toEqual([name, name === "evidence"]);
    }
  });

  it("of prod are copied, without deletions, into versioned ones of dr under dr's key", () => {
    const copies = ofType("prod-data", "alicloud:oss/bucketReplication:BucketReplication");
    expect(copies.map(({ name }) => name).sort()).toEqual([
      "courses",
      "documents",
      "dumps",
      "pgbackrest",
      "uploads",
    ]);
    for (const { name, inputs } of copies) {
      expect(inputs.action).toBe("PUT");
      expect(known(inputs.destination)).toMatchObject({
        bucket: `netedu-dr-${name}`,
        location: "oss-cn-hangzhou",
      });
      expect(known(inputs.encryptionConfiguration)).toEqual({
        replicaKmsKeyId: { unknown: true, from: ["dr-data.keyId"] },
      });
      expect(
        ofType("dr-data", "alicloud:oss/bucketVersioning:BucketVersioning").some(
          (other) => other.name === name,
        ),
      ).toBe(true);
    }
  });

  it("deny writers of the backup repository to destroy a version", () => {
    const policy = JSON.parse(
      String(only("prod-data", "alicloud:oss/bucketPolicy:BucketPolicy").inputs.policy),
    );
    expect(policy.Statement[0].Effect).toBe("Deny");
    expect(policy.Statement[0].Action).toContain("oss:DeleteObjectVersion");
    expect(policy.Statement[0].Action).not.toContain("oss:DeleteObject");
  });
});

describe("PostgreSQL", () => {
  it("on RDS: two zones, encrypted, audited, TLS, closed to the world, protected", () => {
    const { inputs, options } = only("prod-data", "alicloud:rds/instance:Instance");
    expect(inputs).toMatchObject({
      engine: "PostgreSQL",
      engineVersion: "17.0",
      category: "HighAvailability",
      instanceChargeType: "Postpaid",
      deletionProtection: true,
      sslAction: "Open",
      sqlCollectorStatus: "Enabled",
      sqlCollectorConfigValue: 365,
      roleArn: "acs:ram::1000000000000001:role/aliyunrdsinstanceencryptiondefaultrole",
    });
    expect(inputs.zoneId).not.toBe(inputs.zoneIdSlaveA);
    expect(inputs.vswitchId).toEqual({
      unknown: true,
      from: ["prod-network.dataSwitches[0]", "prod-network.dataSwitches[1]"],
    });
    expect(options.protect).toBe(true);
  });

  it("on RDS: backed up every early morning, to the second, kept after release", () => {
    const { inputs } = only("prod-data", "alicloud:rds/backupPolicy:BackupPolicy");
    expect(inputs).toMatchObject({
      preferredBackupTime: "18:00Z-19:00Z",
      enableBackupLog: true,
      highSpaceUsageProtection: "Disable",
      releasedKeepPolicy: "All",
    });
    expect(known(inputs.preferredBackupPeriods)).toHaveLength(7);
    expect(Number(inputs.backupRetentionPeriod)).toBeGreaterThanOrEqual(RESTORE_WINDOW_DAYS);
    expect(inputs.logBackupRetentionPeriod).toBe(inputs.backupRetentionPeriod);
  });

  it("on RDS: no account is a superuser", () => {
    const accounts = ofType("prod-data", "alicloud:rds/rdsAccount:RdsAccount");
    expect(accounts.map(({ inputs }) => inputs.accountType)).toEqual(accounts.map(() => "Normal"));
    expect(
      ofType("prod-data", "alicloud:rds/accountPrivilege:AccountPrivilege").map(({ name }) => name),
    ).toEqual(["learning_owner"]);
  });

  it("self-managed: two servers apart, data disks of their own, daily snapshots, no secret in cloud-init", () => {
    expect(ofType("dr-data", "alicloud:rds/instance:Instance")).toEqual([]);
    expect(ofType("dr-data", "alicloud:ecs/instance:Instance")).toHaveLength(2);
    expect(ofType("dr-data", "alicloud:ecs/ecsDisk:EcsDisk")).toHaveLength(2);
    expect(only("dr-data", "alicloud:ecs/autoSnapshotPolicy:AutoSnapshotPolicy").inputs).toMatchObject({
      timePoints: ["4"],
    });
    expect(
      ofType("dr-data", "alicloud:ecs/ecsAutoSnapshotPolicyAttachment:EcsAutoSnapshotPolicyAttachment"),
    ).toHaveLength(2);
    const [server] = ofType("dr-data", "alicloud:ecs/instance:Instance");
    const text = Buffer.from(String(server!.inputs.userData), "base64").toString();
    expect(text).toMatch(/^#cloud-config\n/);
    expect(text).not.toMatch(/LTAI|BEGIN .*PRIVATE KEY|s3-key=[A-Za-z0-9]/);
    expect(text.length).toBeLessThan(32_768);
  });
});

describe("the network", () => {
  it("leads out through one fixed address, after it was bound", () => {
    const snat = ofType("prod-network", "alicloud:vpc/snatEntry:SnatEntry");
    expect(snat).toHaveLength(9);
    const association = only("prod-network", "alicloud:ecs/eipAssociation:EipAssociation").urn;
    for (const { dependencies } of snat) expect(dependencies).toContain(association);
  });

  it("ends TLS at 1.2 or later, redirects the rest, and hides the edge's firewall in no other place", () => {
    const listeners = ofType("prod-network", "alicloud:alb/listener:Listener");
    expect(listeners.map(({ inputs }) => [inputs.listenerPort, inputs.securityPolicyId]).sort()).toEqual([
      [443, "tls_cipher_policy_1_2_strict_with_1_3"],
      [80, undefined],
    ]);
    expect(only("prod-network", "alicloud:alb/loadBalancer:LoadBalancer").inputs.loadBalancerEdition).toBe(
      "StandardWithWaf",
    );
  });

  it("sends learners to prod and keeps dr's records ready but off", () => {
    const states = (stack: string) => [
      ...new Set(ofType(stack, "alicloud:dns/alidnsRecord:AlidnsRecord").map(({ inputs }) => inputs.status)),
    ];
    expect([states("prod-network"), states("dr-network")]).toEqual([["ENABLE"], ["DISABLE"]]);
  });
});

describe("alarms of silence", () => {
  const names = (stack: string): string[] =>
    ofType(stack, "alicloud:sls/alert:Alert").map(({ name }) => name);

  it("are declared where the jobs run that they wait for, and nowhere else", () => {
    const silent = ["BackupMissing", "ReplicaStale", "VerificationSilent"];
    for (const stack of ["prod-watch", "staging-watch"])
      expect(names(stack)).toEqual(expect.arrayContaining(silent));
    // A pilot light's jobs are suspended.
    expect(names("dr-watch").filter((name) => silent.includes(name))).toEqual([]);
    expect(names("dr-watch")).toContain("VerificationFailed");
  });
});

describe("compute", () => {
  it("keeps the cluster's API inside and its secrets encrypted", () => {
    expect(only("prod-compute", "alicloud:cs/managedKubernetes:ManagedKubernetes").inputs).toMatchObject({
      slbInternetEnabled: false,
      newNatGateway: false,
      enableRrsa: true,
      disableEncryption: false,
      deletionProtection: true,
      encryptionProviderKey: { unknown: true, from: ["prod-data.keyId"] },
    });
  });
});

describe("a drill", () => {
  it("has no way out: no gateway, address, peering or reference to a network", () => {
    const types = of("drill-sample").map(({ type }) => type);
    expect(types.filter((type) => /natGateway|eip|peer|routeEntry|snat/i.test(type))).toEqual([]);
    expect(plans.get("drill-sample")!.references).toEqual(["prod-data"]);
  });

  it("says on everything who owns it, until when, and what it may cost", () => {
    for (const { type, inputs } of of("drill-sample")) {
      if (type === "alicloud:ecs/securityGroupRule:SecurityGroupRule") continue; // takes no tags
      expect([type, inputs.tags]).toEqual([
        type,
        expect.objectContaining({
          drill: "drill-sample",
          owner: "drill-lead",
          expires: "2026-12-01T12:00:00Z",
          "cost-cap-cny": "300",
        }),
      ]);
    }
  });
});

describe("physical names", () => {
  it.each([
    ["a-very-long-environment-name-indeed", "with-a-part-that-makes-it-too-long"],
    ["Prod", "x"],
    ["prod", "under_score"],
  ])("refuse %s %s", (environment, part) => {
    expect(() => physicalName(environment, part)).toThrow("3 to 63 lower-case letters");
  });
});

const deprecations = new Map<string, ReadonlySet<string>>();

/** Properties that the installed package marks deprecated, read from its own declarations. */
function deprecatedOf(type: string): ReadonlySet<string> {
  const cached = deprecations.get(type);
  if (cached) return cached;
  const [packageName, module = ""] = type.split(":");
  let text = "";
  if (packageName === "alicloud") {
    text = readFileSync(path.join(ROOT, `node_modules/@pulumi/alicloud/${module}.d.ts`), "utf8");
    text = text.slice(text.lastIndexOf("Args {"));
  }
  const found = new Set(
    [...text.matchAll(/@deprecated(?:(?!\*\/)[\s\S])*\*\/\s*(\w+)\??:/g)].map((match) => match[1]!),
  );
  deprecations.set(type, found);
  return found;
}
