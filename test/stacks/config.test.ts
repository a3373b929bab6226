// Every way in which a stack's configuration can be wrong is refused at its place, before the cloud would refuse it.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkFiles, plannedConfig, SECRETS } from "../../stacks/config";
import { STACKS } from "../../stacks/environments";
import { problemsOf, ROOT, read, repository } from "../policies/repository";

/** Problems of a stack whose file was edited; each as `line:column: message`. */
function after(stack: string, find: string | RegExp, replace: string): string[] {
  const file = `stacks/config/Pulumi.${stack}.yaml`;
  const text = read(file);
  const edited = text.replace(find, replace);
  expect(edited).not.toBe(text);
  const root = repository({ [file]: edited });
  return problemsOf(() => checkFiles([stack], root)).map((line) => line.replace(`${file}:`, ""));
}

describe("configuration", () => {
  it("of every stack in the repository is accepted", () => {
    expect(problemsOf(() => checkFiles([...STACKS, "drill-sample"]))).toEqual([]);
  });

  it.each<[string, string, string | RegExp, string, string]>([
    [
      "a typo",
      "prod-data",
      "netedu:redis",
      "netedu:rediss",
      '12:3: unknown property "netedu:rediss" (expected one of netedu:backup',
    ],
    ["a typo, with what was meant", "prod-data", "storage: 500", "storge: 500", 'did you mean "storage"?'],
    [
      "a wrong type",
      "prod-network",
      "egressBandwidth: 100",
      "egressBandwidth: fast",
      '3:27: netedu:egressBandwidth: found "fast" (expected a whole number)',
    ],
    [
      "a figure out of bounds",
      "prod-network",
      "egressBandwidth: 100",
      "egressBandwidth: 500",
      "3:27: netedu:egressBandwidth: found 500 (expected Mbit/s from 1 to 200",
    ],
    [
      "a missing value",
      "prod-data",
      /\n {4}storage: 500.*/,
      "",
      '"storage" is missing (expected GB from 20 to 64000, in steps of 5)',
    ],
    [
      "a window by day",
      "prod-data",
      '"02:00"',
      '"10:00"',
      '4:27: hour: found "10:00" (expected a whole hour of the early morning',
    ],
    [
      "the region itself as its copy",
      "prod-data",
      "crossRegion: cn-hangzhou",
      "crossRegion: cn-beijing",
      "cn-beijing cannot copy to cn-beijing (expected one of cn-hangzhou)",
    ],
    [
      "an unknown region",
      "prod-data",
      "crossRegion: cn-hangzhou",
      "crossRegion: eu-central-1",
      '"eu-central-1" (expected one of cn-beijing, cn-hangzhou)',
    ],
    [
      "fewer days than promised",
      "prod-data",
      "retention: 35",
      "retention: 7",
      "7 days are fewer than promised (expected at least 30 (DR-RESTORE))",
    ],
    [
      "replicas into the wrong stack",
      "staging-data",
      "config:\n",
      "config:\n  netedu:replicateTo: dr-data\n",
      "dr-data does not recover staging",
    ],
    [
      "a class whose disk takes no key of ours",
      "prod-data",
      "pg.x4.large.2c",
      "pg.n4.4c.2m",
      "general-purpose class",
    ],
    [
      "Basic Edition",
      "prod-data",
      "pg.x4.large.2c",
      "pg.x8.medium.1",
      "no log backup, so no restore to an instant",
    ],
    [
      "too small for the performance level",
      "prod-data",
      "cloud_essd",
      "cloud_essd3",
      "500 GB are too small for cloud_essd3 (expected at least 1500)",
    ],
    [
      "audit days that the cloud does not know",
      "prod-data",
      "auditDays: 365",
      "auditDays: 200",
      "found 200 (expected one of 180, 365, 1095, 1825)",
    ],
    [
      "a key of the other engine",
      "dr-data",
      "version:",
      "class: pg.x4.large.2c\n    version:",
      '"class" has no meaning with engine self-managed',
    ],
    [
      "an engine without its key",
      "dr-data",
      /\n {4}instance: .*/,
      "",
      '"instance" is missing (expected "instance" with engine self-managed)',
    ],
    [
      "the vendor's copy of what is not RDS",
      "dr-data",
      'hour: "04:00"',
      'hour: "04:00", vendorCrossRegion: true',
      "the vendor copies only RDS backups",
    ],
    [
      "a Redis class for Tair",
      "prod-data",
      "class: redis.shard",
      "engine: tair, class: redis.shard",
      "redis.shard.mid.2.ce is no class of engine tair (expected a class such as tair.rdb.2g)",
    ],
    [
      "a Tair class for Redis",
      "prod-data",
      "redis.shard.mid.2.ce",
      "tair.rdb.2g",
      "tair.rdb.2g is no class of engine redis",
    ],
    [
      "a certificate of another region",
      "prod-network",
      "10000001-cn-beijing",
      "10000001-cn-hangzhou",
      "10000001-cn-hangzhou is not a certificate of cn-beijing",
    ],
    [
      "a connection to nobody",
      "prod-network",
      "config:\n",
      "config:\n  netedu:peering: { bandwidth: 5 }\n",
      "prod recovers no other environment",
    ],
    [
      "logs kept shorter than the law asks",
      "prod-watch",
      "config:\n",
      "config:\n  netedu:logRetention: 90\n",
      "found 90 (expected days from 180 (six months",
    ],
    [
      "a secret in plain text",
      "prod-data",
      "config:\n",
      "config:\n  netedu:appPassword: hunter2\n",
      'netedu:appPassword: found "hunter2" (expected a mapping)',
    ],
    ["two groups of one priority", "prod-watch", "priority: P4", "priority: P1", "two groups for P1"],
    [
      "more nodes at least than at most",
      "prod-compute",
      "min: 3, max: 4",
      "min: 5, max: 4",
      "min 5 is larger than max 4",
    ],
    ["no pool for the system", "prod-compute", "purpose: system", "purpose: jobs", "no pool is for system"],
    [
      "an unknown Kubernetes",
      "prod-compute",
      "1.35.2-aliyun.1",
      "1.30.1-aliyun.1",
      "(expected a Kubernetes version such as 1.35.2-aliyun.1)",
    ],
  ])("is refused for %s", (_, stack, find, replace, expected) => {
    expect(after(stack, find, replace).join("\n")).toContain(expected);
  });

  it.each<[string, string, string, string]>([
    [
      "a drill that outlives nothing",
      "2026-12-01T12:00:00Z",
      "2026-11-30T12:00:00Z",
      "the drill expires before the instant it restores",
    ],
    [
      "an instant without its zone",
      "2026-11-30T18:30:00Z",
      "2026-11-30 18:30",
      "(expected an instant in UTC",
    ],
    ["a zone of another region", "cn-beijing-i", "cn-hangzhou-i", "cn-hangzhou-i is no zone of cn-beijing"],
    [
      "a clone across regions",
      "source: prod-data",
      "source: dr-data",
      "RDS clones an instance only within its region",
    ],
  ])("of a drill is refused for %s", (_, find, replace, expected) => {
    const file = "stacks/config/Pulumi.drill-7.yaml";
    const root = repository({ [file]: read("stacks/config/drill.template.yaml").replace(find, replace) });
    expect(problemsOf(() => checkFiles(["drill-7"], root)).join("\n")).toContain(expected);
  });

  it("reports all files at once", () => {
    const root = repository({ "stacks/config/Pulumi.prod-watch.yaml": "config: {}\n" });
    cpSync(
      join(ROOT, "stacks/config/Pulumi.prod-data.yaml"),
      join(root, "stacks/config/Pulumi.prod-data.yaml"),
    );
    const problems = problemsOf(() => checkFiles(["prod-data", "prod-watch", "prod-network"], root));
    expect(problems.filter((line) => line.includes("prod-watch"))).toHaveLength(4);
    expect(problems.filter((line) => line.includes("prod-network"))).toEqual([
      "stacks/config/Pulumi.prod-network.yaml:1:1: there is no such file",
    ]);
    expect(problems.filter((line) => line.includes("prod-data"))).toEqual([]);
  });

  it("passes secrets as secrets, without their values", () => {
    const { values, secretKeys } = plannedConfig("prod-data");
    expect(secretKeys).toEqual(SECRETS.data.map((name) => `netedu:${name}`));
    expect(values["netedu:appPassword"]).toBe("netedu:appPassword");
  });
});
