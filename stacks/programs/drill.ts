// A drill: the database as it was at an instant, in isolation, for as long as its tags say and not longer.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { DrillCell } from "../components/drill-cell";
import { Server } from "../components/server";
import { readConfig } from "../config";
import { regionOf } from "../config-rules";
import type { DrillConfig } from "../configuration";
import { DRILL_CIDR, physicalName, type Tags } from "../environments";
import { postgresCloudInit } from "../plan/cloud-init";
import { currentStack, providerOf, reference } from "./context";

export async function drill(): Promise<Record<string, unknown>> {
  const { stack, name, tags } = currentStack();
  const config = readConfig(stack, "drill");
  const region = regionOf(name, config.source);
  const provider = providerOf(region);
  const source = reference(config.source);
  // The sweep goes by these: whatever carries an expiry in the past is destroyed, whoever forgot it.
  const marked: Tags = {
    ...tags,
    drill: stack,
    owner: config.owner,
    expires: config.expires,
    "cost-cap-cny": String(config.costCap),
  };
  const cell = new DrillCell(
    "cell",
    { drill: stack, cidr: DRILL_CIDR, zones: config.zones, tags: marked },
    { provider },
  );
  const restored =
    config.postgres.engine === "rds"
      ? cloneOf(stack, config, source, cell, marked, provider)
      : serverOf(stack, config, source, cell, marked, provider);
  return {
    instanceId: restored,
    vpcId: cell.vpc.id,
    region,
    restoreTime: config.restoreTime,
    expires: config.expires,
  };
}

/** Encryption comes along from the source's key; a clone takes none of its own. */
function cloneOf(
  drill: string,
  { postgres, restoreTime }: DrillConfig,
  source: pulumi.StackReference,
  cell: DrillCell,
  tags: Tags,
  provider: pulumi.ProviderResource,
): pulumi.Output<string> {
  const [first, second] = cell.places;
  return new alicloud.rds.RdsCloneDbInstance(
    "restored",
    {
      sourceDbInstanceId: source.requireOutput("instanceId"),
      restoreTime,
      dbInstanceDescription: physicalName(drill, "restored"),
      paymentType: "PayAsYouGo",
      dbInstanceClass: postgres.class!,
      dbInstanceStorage: postgres.storage,
      dbInstanceStorageType: "cloud_essd",
      category: "HighAvailability",
      instanceNetworkType: "VPC",
      vpcId: cell.vpc.id,
      vswitchId: pulumi.interpolate`${first!.id},${second!.id}`,
      zoneId: first!.zone,
      zoneIdSlaveA: second!.zone,
      securityIps: [DRILL_CIDR],
      deletionProtection: false,
      tags,
    },
    { provider },
  ).id;
}

/** From the repository of the region: the path that also works when the first region is gone. */
function serverOf(
  drill: string,
  { postgres, source: stack }: DrillConfig,
  source: pulumi.StackReference,
  cell: DrillCell,
  tags: Tags,
  provider: pulumi.ProviderResource,
): pulumi.Output<string> {
  const environment = stack.split("-")[0]!;
  const names = source.requireOutput("buckets") as pulumi.Output<Record<string, string>>;
  const region = source.requireOutput("location") as pulumi.Output<string>;
  const userData = pulumi
    .all([names, region, source.requireOutput("version") as pulumi.Output<string>])
    .apply(([buckets, location, version]) =>
      postgresCloudInit({
        member: "restore",
        version,
        roleName: physicalName(environment, "database"),
        repositories: [{ bucket: buckets.pgbackrest!, region: location.replace(/^oss-/, "") }],
        clients: [DRILL_CIDR],
        retentionDays: 7,
      }),
    );
  return new Server(
    "restored",
    {
      environment: drill,
      name: "restored",
      type: postgres.instance!,
      image: postgres.image!,
      place: cell.places[0]!,
      groupId: cell.groupId,
      keyId: source.requireOutput("keyId"),
      systemDisk: 60,
      dataDisk: { size: postgres.storage, category: "cloud_essd" },
      roleName: physicalName(environment, "database"),
      userData,
      keep: false,
      tags,
    },
    { provider },
  ).instance.id;
}
