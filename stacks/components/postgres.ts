// PostgreSQL behind one face, whoever operates it: chosen by configuration, the same outputs for the layers above.
import * as pulumi from "@pulumi/pulumi";
import type { PostgresConfig } from "../config";
import type { Region, Tags } from "../environments";
import type { BackupWindow } from "../plan/backup-window";
import { PORT } from "../plan/postgres";
import { RdsPostgres } from "./postgres-rds";
import { SelfManagedPostgres } from "./postgres-self-managed";

export interface PostgresArgs {
  environment: string;
  accountId: string;
  region: Region;
  /** vSwitches of at least two zones; the first holds the primary. */
  switches: readonly { zone: string; id: pulumi.Input<string> }[];
  groupId: pulumi.Input<string>;
  /** Networks (CIDR) that may connect. */
  clients: readonly string[];
  keyId: pulumi.Input<string>;
  config: PostgresConfig;
  window: BackupWindow;
  /** Days that any instant can be restored. */
  retention: number;
  /** Vendor's copy of backups into another region. @default none */
  crossRegion?: Region | undefined;
  /** pgBackRest repositories, nearest first; with `self-managed` only. */
  repositories: readonly { bucket: pulumi.Input<string>; region: Region }[];
  tags: Tags;
}

export class Postgres extends pulumi.ComponentResource {
  /** What clones, alarms and jobs name: RDS instance or primary server. */
  readonly instanceId: pulumi.Output<string>;
  readonly host: pulumi.Output<string>;
  readonly port = PORT;
  /** Disks that the snapshot policy covers; none with RDS. */
  readonly disks: readonly pulumi.Output<string>[];

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Postgres", name, {}, opts);
    const inner = { parent: this };
    if (args.config.engine === "rds") {
      const { instance } = new RdsPostgres(name, args, inner);
      [this.instanceId, this.host, this.disks] = [instance.id, instance.connectionString, []];
    } else {
      const { servers, disks } = new SelfManagedPostgres(name, args, inner);
      [this.instanceId, this.host, this.disks] = [servers[0]!.id, servers[0]!.privateIp, disks];
    }
    this.registerOutputs({ instanceId: this.instanceId, host: this.host });
  }
}
