// What a schema cannot say and the cloud would refuse late, or never: combinations across a stack's configuration.
// Each rule names the reference it comes from; positions are added by the caller.

import type {
  ComputeConfig,
  Configuration,
  DataConfig,
  DrillConfig,
  NetworkConfig,
  WatchConfig,
} from "./configuration";
import {
  CROSS_REGION,
  ENVIRONMENTS,
  REGIONS,
  RESTORE_WINDOW_DAYS,
  type Region,
  type StackName,
} from "./environments";

/** @param pointer JSON pointer below the key's prefix, e.g. `backup/hour` */
export type Report = (pointer: string, message: string, expected?: string) => void;

const AUDIT_DAYS = [180, 365, 1095, 1825];
/** GB; ESSD performance levels begin at a size (reference section 2). */
const SMALLEST_GB = { cloud_essd: 20, cloud_essd2: 500, cloud_essd3: 1500, general_essd: 20 } as const;

export function regionOf({ environment }: StackName, source?: string): Region {
  const name = environment in ENVIRONMENTS ? environment : (source ?? "prod").split("-")[0]!;
  return ENVIRONMENTS[name as keyof typeof ENVIRONMENTS].region;
}

function zones(found: readonly string[], region: Region, report: Report): void {
  const known: readonly string[] = REGIONS[region];
  found.forEach((zone, index) => {
    if (!known.includes(zone))
      report(`zones/${index}`, `${zone} is no zone of ${region}`, `one of ${known.join(", ")}`);
  });
}

function network(name: StackName, config: NetworkConfig, report: Report): void {
  const region = regionOf(name);
  if (!config.edge.certificate.endsWith(`-${region}`)) {
    report(
      "edge/certificate",
      `${config.edge.certificate} is not a certificate of ${region}`,
      `<id>-${region}`,
    );
  }
  const { recovers } = ENVIRONMENTS[name.environment as keyof typeof ENVIRONMENTS];
  if (config.peering && !recovers) {
    report("peering", `${name.environment} recovers no other environment`, "no peering here");
  }
}

function data(name: StackName, { backup, postgres, redis, replicateTo }: DataConfig, report: Report): void {
  const region = regionOf(name);
  if (backup.crossRegion && !CROSS_REGION[region].includes(backup.crossRegion)) {
    report(
      "backup/crossRegion",
      `${region} cannot copy to ${backup.crossRegion}`,
      `one of ${CROSS_REGION[region].join(", ")}`,
    );
  }
  if (redis && !redis.class.startsWith(`${redis.engine}.`)) {
    report(
      "redis/class",
      `${redis.class} is no class of engine ${redis.engine}`,
      redis.engine === "tair" ? "a class such as tair.rdb.2g" : "a class such as redis.shard.small.2.ce",
    );
  }
  if (backup.retention < RESTORE_WINDOW_DAYS) {
    report(
      "backup/retention",
      `${backup.retention} days are fewer than promised`,
      `at least ${RESTORE_WINDOW_DAYS} (DR-RESTORE)`,
    );
  }
  if (backup.vendorCrossRegion && !(backup.crossRegion && postgres.engine === "rds")) {
    report(
      "backup/vendorCrossRegion",
      "the vendor copies only RDS backups, and only to a named region",
      "engine rds and crossRegion",
    );
  }
  if (replicateTo) {
    const target = ENVIRONMENTS[replicateTo.split("-")[0] as keyof typeof ENVIRONMENTS];
    if (target?.recovers !== name.environment) {
      report(
        "replicateTo",
        `${replicateTo} does not recover ${name.environment}`,
        "the data stack of the environment that does",
      );
    }
  }
  if (postgres.storage < SMALLEST_GB[postgres.storageType]) {
    report(
      "postgres/storage",
      `${postgres.storage} GB are too small for ${postgres.storageType}`,
      `at least ${SMALLEST_GB[postgres.storageType]}`,
    );
  }
  if (!AUDIT_DAYS.includes(postgres.auditDays)) {
    report("postgres/auditDays", `found ${postgres.auditDays}`, `one of ${AUDIT_DAYS.join(", ")}`);
  }
  engine(postgres, report);
}

/** Which keys belong to which engine, and the families whose disks take our own key. */
function engine(postgres: DataConfig["postgres"] | DrillConfig["postgres"], report: Report): void {
  const wanted = postgres.engine === "rds" ? (["class"] as const) : (["instance", "image"] as const);
  const foreign = postgres.engine === "rds" ? (["instance", "image"] as const) : (["class"] as const);
  for (const key of wanted) {
    if (postgres[key] === undefined)
      report("postgres", `"${key}" is missing`, `"${key}" with engine ${postgres.engine}`);
  }
  for (const key of foreign) {
    if (postgres[key] !== undefined)
      report(`postgres/${key}`, `"${key}" has no meaning with engine ${postgres.engine}`, "no such key");
  }
  const type = postgres.class;
  if (postgres.engine !== "rds" || type === undefined) return;
  if (!type.startsWith("pg.x")) {
    report(
      "postgres/class",
      `${type} is a general-purpose class: its disk takes no key of our own`,
      "a dedicated class, pg.x…",
    );
  }
  if (/\.1m?$/.test(type)) {
    report(
      "postgres/class",
      `${type} is Basic Edition: no log backup, so no restore to an instant`,
      "a class ending in .2c",
    );
  }
}

function compute(_: StackName, { pools }: ComputeConfig, report: Report): void {
  if (!pools.some(({ purpose }) => purpose === "system"))
    report("pools", "no pool is for system", "one pool with purpose system");
  pools.forEach((pool, index) => {
    if (pool.min > pool.max)
      report(`pools/${index}/min`, `min ${pool.min} is larger than max ${pool.max}`, "min ≤ max");
    if (pools.findIndex(({ name }) => name === pool.name) !== index) {
      report(`pools/${index}/name`, `two pools are called ${pool.name}`, "names that differ");
    }
  });
}

function watch(_: StackName, { groups }: WatchConfig, report: Report): void {
  groups.forEach(({ priority }, index) => {
    if (groups.findIndex((group) => group.priority === priority) !== index) {
      report(
        `groups/${index}/priority`,
        `two groups for ${priority}`,
        "one group for each of P1, P2, P3, P4",
      );
    }
  });
}

function drill(name: StackName, config: DrillConfig, report: Report): void {
  zones(config.zones, regionOf(name, config.source), report);
  if (Date.parse(config.expires) <= Date.parse(config.restoreTime)) {
    report("expires", "the drill expires before the instant it restores", "a later instant");
  }
  if (config.source === "dr-data" && config.postgres.engine === "rds") {
    report(
      "postgres/engine",
      "RDS clones an instance only within its region",
      "self-managed, from the second repository",
    );
  }
  engine(config.postgres, report);
}

const RULES = { network, data, compute, watch, drill } as const;

export function checkConfiguration(name: StackName, config: Configuration, report: Report): void {
  const rules = RULES[name.layer] as (name: StackName, config: Configuration, report: Report) => void;
  rules(name, config, report);
}
