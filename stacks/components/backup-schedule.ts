// Daily backups in the early morning for what has no schedule of its own: buckets through Cloud Backup, disks by snapshots.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Region, type Tags } from "../environments";
import type { BackupWindow } from "../plan/backup-window";

export interface BackupScheduleArgs {
  environment: string;
  window: BackupWindow;
  /** Days. */
  retention: number;
  keyId: pulumi.Input<string>;
  /** By a short name. */
  buckets: Readonly<Record<string, pulumi.Input<string>>>;
  disks: readonly pulumi.Input<string>[];
  /** Region that snapshots are copied to, with its key. @default none */
  copyTo?: { region: Region; keyId: pulumi.Input<string> } | undefined;
  tags: Tags;
}

export class BackupSchedule extends pulumi.ComponentResource {
  constructor(name: string, args: BackupScheduleArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:BackupSchedule", name, {}, opts);
    if (Object.keys(args.buckets).length > 0) this.backUpBuckets(name, args);
    if (args.disks.length > 0) this.snapshotDisks(name, args);
    this.registerOutputs();
  }

  private backUpBuckets(
    name: string,
    { environment, window, retention, keyId, buckets, tags }: BackupScheduleArgs,
  ): void {
    const vault = new alicloud.hbr.Vault(
      name,
      {
        vaultName: physicalName(environment, "backups"),
        description: "Daily copies of the buckets",
        vaultType: "STANDARD",
        vaultStorageClass: "STANDARD",
        encryptType: "KMS",
        kmsKeyId: keyId,
        tags,
      },
      { parent: this, protect: true },
    );
    const policy = new alicloud.hbr.Policy(
      name,
      {
        policyName: physicalName(environment, "daily"),
        policyDescription: "Every early morning (DR-BACKUP)",
        policyType: "STANDARD",
        rules: [
          {
            ruleType: "BACKUP",
            backupType: "COMPLETE",
            schedule: window.cloudBackup,
            retention,
            keepLatestSnapshots: 1,
            vaultId: vault.id,
          },
        ],
      },
      { parent: this },
    );
    for (const [short, bucket] of Object.entries(buckets)) {
      new alicloud.hbr.PolicyBinding(
        `${name}-${short}`,
        { policyId: policy.id, sourceType: "OSS", dataSourceId: bucket, disabled: false },
        { parent: this },
      );
    }
  }

  private snapshotDisks(
    name: string,
    { environment, window, retention, disks, copyTo, tags }: BackupScheduleArgs,
  ): void {
    const policy = new alicloud.ecs.AutoSnapshotPolicy(
      name,
      {
        autoSnapshotPolicyName: physicalName(environment, "daily"),
        timePoints: [window.snapshotHour],
        repeatWeekdays: [...window.snapshotDays],
        retentionDays: retention,
        ...(copyTo
          ? {
              enableCrossRegionCopy: true,
              targetCopyRegions: [copyTo.region],
              copiedSnapshotsRetentionDays: retention,
              copyEncryptionConfiguration: { encrypted: true, kmsKeyId: copyTo.keyId },
            }
          : {}),
        tags,
      },
      { parent: this },
    );
    disks.forEach((diskId, index) => {
      new alicloud.ecs.EcsAutoSnapshotPolicyAttachment(
        `${name}-${index + 1}`,
        { autoSnapshotPolicyId: policy.id, diskId },
        { parent: this },
      );
    });
  }
}
