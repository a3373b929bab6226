// Redis in two zones: sessions and queues. What it holds can be rebuilt, so its backups serve convenience, not proof.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { secret } from "../config";
import { physicalName, type Tags } from "../environments";
import type { BackupWindow } from "../plan/backup-window";

export interface RedisArgs {
  environment: string;
  class: string;
  version: string;
  switches: readonly { zone: string; id: pulumi.Input<string> }[];
  clients: readonly string[];
  window: BackupWindow;
  tags: Tags;
}

export class Redis extends pulumi.ComponentResource {
  readonly instance: alicloud.kvstore.Instance;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Redis", name, {}, opts);
    const [first, second] = args.switches;
    this.instance = new alicloud.kvstore.Instance(
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
        config: { "maxmemory-policy": "noeviction", appendonly: "yes" },
        backupPeriods: [...args.window.days],
        backupTime: args.window.utc,
        instanceReleaseProtection: true,
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
    this.registerOutputs({ instanceId: this.instance.id });
  }
}
