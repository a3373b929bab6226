// Redis or Tair by configuration: the same promises in the words of two types of the provider.
import { describe, expect, it } from "vitest";
import { Evaluator } from "../../scripts/plan/adapter/evaluate";
import { loadProject } from "../../scripts/plan/adapter/project";
import { cloudResources, isSecret, type PlannedResource } from "../../scripts/plan/model";
import { Redis } from "../../stacks/components/redis";
import { tagsOf } from "../../stacks/environments";
import { backupWindow } from "../../stacks/plan/backup-window";
import { ROOT } from "../policies/repository";

async function declared(engine: "redis" | "tair"): Promise<PlannedResource> {
  const project = await loadProject(ROOT);
  const program = async (): Promise<Record<string, unknown>> => {
    new Redis("redis", {
      environment: "prod",
      engine,
      class: engine === "tair" ? "tair.rdb.2g" : "redis.shard.mid.2.ce",
      version: "7.0",
      vpcId: "vpc-1",
      switches: [
        { zone: "cn-beijing-h", id: "vsw-1" },
        { zone: "cn-beijing-i", id: "vsw-2" },
      ],
      clients: ["10.10.0.0/19", "10.10.32.0/19"],
      window: backupWindow("02:00"),
      tags: tagsOf({ environment: "prod", layer: "data" }),
    });
    return {};
  };
  const [plan] = await new Evaluator({ ...project, program: () => program }).evaluate(["prod-data"]);
  const [resource] = cloudResources(plan!);
  return resource!;
}

describe("Redis", () => {
  it.each([
    [
      "redis",
      "alicloud:kvstore/instance:Instance",
      {
        paymentType: "PostPaid",
        sslEnable: "Enable",
        securityIps: ["10.10.0.0/19", "10.10.32.0/19"],
        backupTime: "18:00Z-19:00Z",
        instanceReleaseProtection: true,
      },
    ],
    [
      "tair",
      "alicloud:redis/tairInstance:TairInstance",
      {
        instanceType: "tair_rdb",
        paymentType: "PayAsYouGo",
        sslEnabled: "Enable",
        securityIps: "10.10.0.0/19,10.10.32.0/19",
        vpcId: "vpc-1",
      },
    ],
  ] as const)(
    "as %s stands in two zones, asks for a password, speaks TLS and is protected",
    async (engine, type, own) => {
      const { inputs, options, ...resource } = await declared(engine);
      expect(resource.type).toBe(type);
      expect(inputs).toMatchObject({
        ...own,
        zoneId: "cn-beijing-h",
        secondaryZoneId: "cn-beijing-i",
        vswitchId: "vsw-1",
        vpcAuthMode: "Open",
        config: { "maxmemory-policy": "noeviction", appendonly: "yes" },
      });
      expect(isSecret(inputs.password)).toBe(true);
      expect(options.protect).toBe(true);
    },
  );
});
