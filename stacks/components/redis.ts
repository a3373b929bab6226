// Redis in two zones, open source or Tair: sessions and queues. What it holds can be rebuilt, so its backups serve
// convenience, not proof.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { secret } from "../config";
import type { RedisConfig } from "../configuration";
import { physicalName, type Tags } from "../environments";
import type { BackupWindow } from "../plan/backup-window";

export interface RedisArgs extends RedisConfig {
  environment: string;
  vpcId: pulumi.Input<string>;
  switches: readonly { zone: string; id: pulumi.Input<string> }[];
  clients: readonly string[];
  window: BackupWindow;
  tags: Tags;
}

/** Refuses to write when it is full rather than forget sessions; survives a restart. */
const SETTINGS = { "maxmemory-policy": "noeviction", appendonly: "yes" };

export class Redis extends pulumi.ComponentResource {
  readonly instanceId: pulumi.Output<string>;
  readonly host: pulumi.Output<string>;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Redis", name, {}, opts);
    const instance = args.engine === "tair" ? this.createTair(name, args) : this.createRedis(name, args);
    this.instanceId = instance.id;
    this.host = instance.connectionDomain;
    this.registerOutputs({ instanceId: this.instanceId });
  }

  private createRedis(name: string, args: RedisArgs): alicloud.kvstore.Instance {
    const [first, second] = args.switches;
    return new alicloud.kvstore.Instance(
      name,
      {
        dbInstanceName: physicalName(args.environment, "redis"),
        instanceType: "Redis",
        engineVersion: args.version,
        instanceClass: args.class,
        shardCount: 1,
        paymentType: "PostPaid",
        zoneId: first!.zone,
        secondaryZoneId: second!.zone,
        vswitchId: first!.id,
        securityIps: [...args.clients],
        vpcAuthMode: "Open", // open = a password is asked for
        password: secret("redisPassword"),
        sslEnable: "Enable",
        config: SETTINGS,
        backupPeriods: [...args.window.days],
        backupTime: args.window.utc,
        instanceReleaseProtection: true,
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
  }

  /** The provider lets neither the hour of backups nor protection against release be declared for it: the vendor's defaults hold. */
  private createTair(name: string, args: RedisArgs): alicloud.redis.TairInstance {
    const [first, second] = args.switches;
    return new alicloud.redis.TairInstance(
      name,
      {
        tairInstanceName: physicalName(args.environment, "redis"),
        instanceType: "tair_rdb",
        engineVersion: args.version,
        instanceClass: args.class,
        shardCount: 1,
        paymentType: "PayAsYouGo", // its default is a subscription
        vpcId: args.vpcId,
        zoneId: first!.zone,
        secondaryZoneId: second!.zone,
        vswitchId: first!.id,
        securityIps: args.clients.join(","), // one text, unlike the other's list
        vpcAuthMode: "Open", // open = a password is asked for
        password: secret("redisPassword"),
        sslEnabled: "Enable",
        config: SETTINGS,
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
  }
}
