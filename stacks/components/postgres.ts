// PostgreSQL behind one face, whoever operates it: chosen by configuration, the same outputs for the layers above.
import * as pulumi from "@pulumi/pulumi";
import { PORT } from "../plan/postgres";
import type { PostgresArgs } from "./postgres-args";
import { RdsPostgres } from "./postgres-rds";
import { SelfManagedPostgres } from "./postgres-self-managed";

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
