// One server outside the cluster: no public address, no password, encrypted disks, its role instead of keys.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";

export interface ServerArgs {
  environment: string;
  name: string;
  type: string;
  image: string;
  place: { zone: string; id: pulumi.Input<string> };
  groupId: pulumi.Input<string>;
  keyId: pulumi.Input<string>;
  /** GB */
  systemDisk: number;
  /** @default none */
  dataDisk?: { /** GB */ size: number; category: "cloud_essd" } | undefined;
  deploymentSetId?: pulumi.Input<string>;
  roleName?: pulumi.Input<string>;
  /** cloud-init, plain text; a change restarts the server. */
  userData?: pulumi.Input<string>;
  /** False for what is thrown away, such as a drill. @default true */
  keep?: boolean;
  tags: Tags;
}

export class Server extends pulumi.ComponentResource {
  readonly instance: alicloud.ecs.Instance;
  readonly disks: pulumi.Output<string>[] = [];

  constructor(name: string, args: ServerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:Server", name, {}, opts);
    this.instance = this.createInstance(name, args);
    if (args.dataDisk) this.createDisk(name, args, args.dataDisk);
    if (args.roleName) {
      new alicloud.ecs.RamRoleAttachment(
        name,
        { instanceId: this.instance.id, ramRoleName: args.roleName },
        { parent: this },
      );
    }
    this.registerOutputs({ instanceId: this.instance.id });
  }

  private createInstance(name: string, args: ServerArgs): alicloud.ecs.Instance {
    const keep = args.keep ?? true;
    return new alicloud.ecs.Instance(
      name,
      {
        instanceName: physicalName(args.environment, args.name),
        hostName: args.name,
        instanceType: args.type,
        imageId: args.image, // changing it replaces the system disk in place; data disks stay (SEC-REINSTALL)
        instanceChargeType: "PostPaid",
        vswitchId: args.place.id,
        securityGroups: [args.groupId],
        internetMaxBandwidthOut: 0,
        httpEndpoint: "enabled",
        httpTokens: "required",
        systemDiskCategory: "cloud_essd",
        systemDiskSize: args.systemDisk,
        systemDiskEncrypted: true,
        systemDiskKmsKeyId: args.keyId,
        deletionProtection: keep,
        tags: args.tags,
        ...(args.deploymentSetId ? { deploymentSetId: args.deploymentSetId } : {}),
        ...(args.userData ? { userData: base64(args.userData) } : {}),
      },
      { parent: this, protect: keep },
    );
  }

  /** Its own resource, so that a new server can take over the old data. */
  private createDisk(
    name: string,
    args: ServerArgs,
    { size, category }: NonNullable<ServerArgs["dataDisk"]>,
  ): void {
    const disk = new alicloud.ecs.EcsDisk(
      name,
      {
        diskName: physicalName(args.environment, args.name, "data"),
        zoneId: args.place.zone,
        category,
        size,
        encrypted: true,
        kmsKeyId: args.keyId,
        deleteWithInstance: false,
        tags: args.tags,
      },
      { parent: this, protect: args.keep ?? true },
    );
    new alicloud.ecs.EcsDiskAttachment(
      name,
      { instanceId: this.instance.id, diskId: disk.id },
      { parent: this },
    );
    this.disks.push(disk.id);
  }
}

function base64(text: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.output(text).apply((plain) => Buffer.from(plain).toString("base64"));
}
