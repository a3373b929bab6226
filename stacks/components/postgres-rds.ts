// PostgreSQL as ApsaraDB RDS: two zones, encrypted, audited, backed up to any second of the retention.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { secret } from "../config";
import type { PostgresConfig } from "../configuration";
import { physicalName } from "../environments";
import { ACCOUNTS, type Account, DATABASE, PARAMETERS, PORT } from "../plan/postgres";
import type { PostgresArgs } from "./postgres-args";

export class RdsPostgres extends pulumi.ComponentResource {
  readonly instance: alicloud.rds.Instance;

  constructor(
    name: string,
    args: PostgresArgs & { config: PostgresConfig },
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("netedu:components:RdsPostgres", name, {}, opts);
    this.instance = this.createInstance(name, args);
    this.createBackups(name, args);
    this.createDatabase(name);
    this.registerOutputs({ instanceId: this.instance.id });
  }

  private createInstance(name: string, args: PostgresArgs): alicloud.rds.Instance {
    const [first, second] = args.switches;
    return new alicloud.rds.Instance(
      name,
      {
        instanceName: physicalName(args.environment, "postgres"),
        engine: "PostgreSQL",
        engineVersion: args.config.version,
        category: "HighAvailability",
        instanceType: args.config.class!,
        instanceStorage: args.config.storage,
        dbInstanceStorageType: args.config.storageType,
        storageAutoScale: "Enable",
        storageThreshold: 20, // % free
        storageUpperBound: args.config.storage * 2,
        instanceChargeType: "Postpaid", // deletion protection asks for it
        deletionProtection: true,
        zoneId: first!.zone,
        zoneIdSlaveA: second!.zone,
        vswitchId: pulumi.interpolate`${first!.id},${second!.id}`,
        haConfig: "Auto",
        port: String(PORT),
        ...this.secured(args),
        parameters: Object.entries(PARAMETERS).map(([parameter, value]) => ({ name: parameter, value })),
        monitoringPeriod: 60,
        maintainTime: "20:00Z-21:00Z", // 04:00 Asia/Shanghai, after the backup
        autoUpgradeMinorVersion: "Manual",
        tags: args.tags,
      },
      { parent: this, protect: true },
    );
  }

  private secured(args: PostgresArgs) {
    return {
      encryptionKey: args.keyId,
      roleArn: `acs:ram::${args.accountId}:role/aliyunrdsinstanceencryptiondefaultrole`,
      sslAction: "Open",
      securityIpMode: "safety",
      securityIps: [...args.clients],
      // `md5` lets the server take SCRAM where the password is stored so; `hostssl` leaves no plain connection.
      pgHbaConfs: args.clients.map((address, index) => ({
        type: "hostssl",
        priorityId: index + 1,
        database: "all",
        user: "all",
        address,
        method: "md5",
      })),
      sqlCollectorStatus: "Enabled",
      sqlCollectorConfigValue: args.config.auditDays,
    };
  }

  private createBackups(name: string, { window, retention, crossRegion }: PostgresArgs): void {
    const policy = new alicloud.rds.BackupPolicy(
      name,
      {
        instanceId: this.instance.id,
        preferredBackupTime: window.utc,
        preferredBackupPeriods: [...window.days],
        backupRetentionPeriod: retention,
        enableBackupLog: true,
        logBackupRetentionPeriod: retention, // a longer one would silently be cut to the above
        highSpaceUsageProtection: "Disable", // "Enable" deletes WAL when the disk fills: a hole in every restore
        localLogRetentionHours: 18,
        localLogRetentionSpace: 30,
        releasedKeepPolicy: "All",
      },
      { parent: this },
    );
    if (!crossRegion) return;
    new alicloud.rds.RdsInstanceCrossBackupPolicy(
      name,
      { instanceId: this.instance.id, crossBackupRegion: crossRegion, logBackupEnabled: "Enable", retention },
      { parent: this, dependsOn: policy },
    );
  }

  private createDatabase(name: string): void {
    const database = new alicloud.rds.Database(
      `${name}-${DATABASE}`,
      {
        instanceId: this.instance.id,
        dataBaseName: DATABASE,
        characterSet: "UTF8",
        description: "the learning platform",
      },
      { parent: this, protect: true },
    );
    for (const account of ACCOUNTS) this.createAccount(account, database);
  }

  private createAccount({ name, secret: key, why, owner }: Account, database: alicloud.rds.Database): void {
    const account = new alicloud.rds.RdsAccount(
      name,
      {
        dbInstanceId: this.instance.id,
        accountName: name,
        accountType: "Normal",
        accountPassword: secret(key),
        accountDescription: why,
      },
      { parent: this },
    );
    if (!owner) return;
    new alicloud.rds.AccountPrivilege(
      name,
      {
        instanceId: this.instance.id,
        accountName: account.accountName,
        privilege: "DBOwner",
        dbNames: [database.dataBaseName],
      },
      { parent: this },
    );
  }
}
