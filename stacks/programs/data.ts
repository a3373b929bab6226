// Layer 2: what must not be lost. Database, cache, buckets, keys, and the schedules that copy them.
import type * as pulumi from "@pulumi/pulumi";
import { BackupSchedule } from "../components/backup-schedule";
import { Bucket, type Replica } from "../components/bucket";
import { Keys } from "../components/keys";
import { Postgres } from "../components/postgres";
import { Redis } from "../components/redis";
import { ReplicationRole } from "../components/replication-role";
import { readConfig } from "../config";
import type { DataConfig } from "../configuration";
import {
  ENVIRONMENTS,
  type Environment,
  type EnvironmentName,
  physicalName,
  RESTORE_WINDOW_DAYS,
  type Tags,
} from "../environments";
import { backupWindow } from "../plan/backup-window";
import { BUCKETS, type BucketPlan } from "../plan/buckets";
import { clientCidrs } from "../plan/subnets";
import { accountId, currentStack, environmentOf, placesIn, providerOf, reference } from "./context";

export async function data(): Promise<Record<string, unknown>> {
  const { stack, tags } = currentStack();
  const environment = environmentOf(currentStack());
  const config = readConfig(stack, "data");
  const network = reference(`${environment.name}-network`);
  const provider = providerOf(environment.region);
  const opts = { provider };
  const window = backupWindow(config.backup.hour);
  const recovery = config.replicateTo === undefined ? undefined : reference(config.replicateTo);
  const switches = placesIn(network, "dataSwitches", environment.zones);
  const clients = clientCidrs(environment.cidr, environment.zones);

  const { key } = new Keys("data", { environment: environment.name, tags }, opts);
  const buckets = createBuckets({ environment, config, keyId: key.id, recovery, tags }, opts);
  const postgres = new Postgres(
    "postgres",
    {
      environment: environment.name,
      accountId: accountId(environment),
      region: environment.region,
      switches,
      groupId: network.requireOutput("databaseGroup"),
      clients,
      keyId: key.id,
      config: config.postgres,
      window,
      retention: config.backup.retention,
      crossRegion: config.backup.vendorCrossRegion ? config.backup.crossRegion : undefined,
      repositories: repositoriesOf(environment, config, buckets, recovery),
      tags,
    },
    opts,
  );
  const redis =
    config.redis &&
    new Redis(
      "redis",
      {
        environment: environment.name,
        ...config.redis,
        vpcId: network.requireOutput("vpcId"),
        switches,
        clients,
        window,
        tags,
      },
      opts,
    );
  new BackupSchedule(
    "daily",
    {
      environment: environment.name,
      window,
      retention: config.backup.retention,
      keyId: key.id,
      buckets: backedUp(buckets),
      disks: postgres.disks,
      copyTo: copyTarget(config, recovery),
      tags,
    },
    opts,
  );
  return {
    keyId: key.id,
    engine: config.postgres.engine,
    instanceId: postgres.instanceId,
    host: postgres.host,
    port: postgres.port,
    storage: config.postgres.storage,
    version: config.postgres.version,
    ...(redis ? { redisId: redis.instanceId, redisHost: redis.host } : {}),
    location: `oss-${environment.region}`,
    buckets: Object.fromEntries([...buckets].map(([name, { bucketName }]) => [name, bucketName])),
    backupWindow: window.utc,
    restoreWindowDays: RESTORE_WINDOW_DAYS,
  };
}

/** Names of the buckets that the cloud's own backup copies. */
function backedUp(buckets: ReadonlyMap<string, Bucket>): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    BUCKETS.filter(({ cloudBackup }) => cloudBackup).map(({ name }) => [name, buckets.get(name)!.bucketName]),
  );
}

interface BucketContext {
  environment: Environment;
  config: DataConfig;
  keyId: pulumi.Input<string>;
  /** The data stack that takes replicas. */
  recovery: pulumi.StackReference | undefined;
  tags: Tags;
}

function createBuckets(
  { environment, config, keyId, recovery, tags }: BucketContext,
  opts: pulumi.ComponentResourceOptions,
): Map<string, Bucket> {
  const nameOf = ({ name, physical }: BucketPlan): string => physicalName(environment.name, physical ?? name);
  const replicated = recovery ? BUCKETS.filter((bucket) => bucket.replicated) : [];
  const targets = recovery?.requireOutput("buckets") as pulumi.Output<Record<string, string>> | undefined;
  const target = ({ name }: BucketPlan): pulumi.Output<string> => targets!.apply((names) => names[name]!);
  const role =
    replicated.length > 0
      ? new ReplicationRole(
          "replication",
          {
            environment: environment.name,
            accountId: accountId(environment),
            sources: replicated.map(nameOf),
            destinations: replicated.map(target),
            tags,
          },
          opts,
        )
      : undefined;
  const replicaOf = (bucket: BucketPlan): Replica | undefined =>
    role && recovery && bucket.replicated
      ? {
          bucket: target(bucket),
          location: recovery.requireOutput("location"),
          keyId: recovery.requireOutput("keyId"),
          role: role.roleName,
        }
      : undefined;
  const writer = `arn:sts::${accountId(environment)}:assumed-role/${physicalName(environment.name, "database")}/*`;
  return new Map(
    BUCKETS.map((bucket) => {
      const replica = replicaOf(bucket);
      const made = new Bucket(
        bucket.name,
        {
          bucketName: nameOf(bucket),
          keyId,
          keep:
            bucket.keep === "worm"
              ? { kind: "worm", ...config.evidence }
              : { kind: "versioned", recoverable: config.backup.retention, ...(replica ? { replica } : {}) },
          ...(bucket.expires ? { expires: config.backup.retention } : {}),
          ...(bucket.infrequentAfter ? { infrequentAfter: bucket.infrequentAfter } : {}),
          ...(bucket.writersRestrained ? { writers: [writer] } : {}),
          tags: { ...tags, purpose: bucket.name },
        },
        opts,
      );
      return [bucket.name, made];
    }),
  );
}

/** The second repository stands in the region that would have to take over. */
function repositoriesOf(
  environment: Environment,
  { postgres, replicateTo }: DataConfig,
  buckets: Map<string, Bucket>,
  recovery: pulumi.StackReference | undefined,
) {
  const own = { bucket: buckets.get("pgbackrest")!.bucketName, region: environment.region };
  if (postgres.engine !== "self-managed" || replicateTo === undefined || !recovery) return [own];
  const names = recovery.requireOutput("buckets") as pulumi.Output<Record<string, string>>;
  const { region } = ENVIRONMENTS[replicateTo.split("-")[0] as EnvironmentName];
  return [own, { bucket: names.apply(({ pgbackrest }) => pgbackrest!), region }];
}

function copyTarget({ backup }: DataConfig, recovery: pulumi.StackReference | undefined) {
  return backup.crossRegion && recovery
    ? { region: backup.crossRegion, keyId: recovery.requireOutput("keyId") }
    : undefined;
}
