// PostgreSQL on our own servers: a primary and a standby in two zones, encrypted data disks, WAL archived by pgBackRest.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName } from "../environments";
import { postgresCloudInit } from "../plan/cloud-init";
import type { PostgresArgs } from "./postgres-args";
import { Server } from "./server";

/** GB of the system disk: packages and logs; data lives on its own disk. */
const SYSTEM_DISK = 60;

export class SelfManagedPostgres extends pulumi.ComponentResource {
  readonly servers: alicloud.ecs.Instance[] = [];
  readonly disks: pulumi.Output<string>[] = [];

  constructor(name: string, args: PostgresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:SelfManagedPostgres", name, {}, opts);
    const role = this.createRole(name, args);
    const apart = new alicloud.ecs.EcsDeploymentSet(
      name,
      { deploymentSetName: physicalName(args.environment, "postgres"), strategy: "Availability" },
      { parent: this },
    );
    args.switches.slice(0, 2).forEach((place, index) => {
      const server = new Server(
        `${name}-${index + 1}`,
        {
          environment: args.environment,
          name: `postgres-${index + 1}`,
          type: args.config.instance!,
          image: args.config.image!,
          place,
          groupId: args.groupId,
          keyId: args.keyId,
          systemDisk: SYSTEM_DISK,
          dataDisk: { size: args.config.storage, category: "cloud_essd" },
          deploymentSetId: apart.id,
          roleName: role.roleName,
          userData: this.cloudInit(args, role.roleName, index === 0 ? "primary" : "standby"),
          tags: { ...args.tags, role: index === 0 ? "primary" : "standby" },
        },
        { parent: this },
      );
      this.servers.push(server.instance);
      this.disks.push(...server.disks);
    });
    this.registerOutputs({ primary: this.servers[0]!.id });
  }

  private cloudInit(
    args: PostgresArgs,
    role: pulumi.Input<string>,
    member: "primary" | "standby",
  ): pulumi.Output<string> {
    const repositories = args.repositories.map(({ bucket, region }) =>
      pulumi.output(bucket).apply((name) => ({ bucket: name, region })),
    );
    return pulumi.all([role, pulumi.all(repositories)]).apply(([roleName, known]) =>
      postgresCloudInit({
        member,
        version: args.config.version,
        roleName,
        repositories: known,
        clients: args.clients,
        retentionDays: args.retention,
      }),
    );
  }

  /** What the servers may do: write their own repositories. Destroying versions is denied by the buckets themselves. */
  private createRole(name: string, { environment, repositories, tags }: PostgresArgs): alicloud.ram.Role {
    const role = new alicloud.ram.Role(
      name,
      {
        roleName: physicalName(environment, "database"),
        description: "PostgreSQL servers write their backup repositories",
        maxSessionDuration: 3600,
        assumeRolePolicyDocument: JSON.stringify({
          Version: "1",
          Statement: [
            { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: ["ecs.aliyuncs.com"] } },
          ],
        }),
        tags,
      },
      { parent: this },
    );
    const policy = new alicloud.ram.Policy(
      name,
      {
        policyName: physicalName(environment, "database"),
        tags,
        rotateStrategy: "DeleteOldestNonDefaultVersionWhenLimitExceeded",
        policyDocument: pulumi.jsonStringify({
          Version: "1",
          Statement: [
            {
              Effect: "Allow",
              Action: ["oss:ListObjects", "oss:GetObject", "oss:PutObject", "oss:DeleteObject"],
              Resource: repositories.flatMap(({ bucket }) => [
                pulumi.interpolate`acs:oss:*:*:${bucket}`,
                pulumi.interpolate`acs:oss:*:*:${bucket}/*`,
              ]),
            },
          ],
        }),
      },
      { parent: this },
    );
    new alicloud.ram.RolePolicyAttachment(
      name,
      { roleName: role.roleName, policyName: policy.policyName, policyType: "Custom" },
      { parent: this },
    );
    return role;
  }
}
