// Violations in the Pulumi components.
import type { Injected } from "./violation";

const RDS = "stacks/components/postgres-rds.ts";
const BUCKET = "stacks/components/bucket.ts";
const CLUSTER = "stacks/components/cluster.ts";
const REDIS = "stacks/components/redis.ts";
const KEYS = "stacks/components/keys.ts";

export const STACK: readonly Injected[] = [
  {
    rule: "rds-deletion-protection",
    clause: "DR-RESTORE",
    file: RDS,
    find: "deletionProtection: true",
    put: "deletionProtection: false",
  },
  {
    rule: "rds-fails-over-by-itself",
    clause: "SLA-P1",
    file: RDS,
    find: 'haConfig: "Auto"',
    put: 'haConfig: "Manual"',
  },
  {
    rule: "rds-tls-only",
    clause: "CONF-PLEDGE",
    file: RDS,
    find: 'sslAction: "Open"',
    put: 'sslAction: "Close"',
    at: "return new alicloud.rds.Instance(",
  },
  {
    rule: "rds-log-backup",
    clause: "DR-RESTORE",
    file: RDS,
    find: "enableBackupLog: true",
    put: "enableBackupLog: false",
  },
  {
    rule: "rds-released-backups-kept",
    clause: "DR-RESTORE",
    file: RDS,
    find: 'releasedKeepPolicy: "All"',
    put: 'releasedKeepPolicy: "None"',
  },
  {
    rule: "rds-disk-grows",
    clause: "SLA-P1",
    file: RDS,
    find: 'storageAutoScale: "Enable"',
    put: 'storageAutoScale: "Disable"',
  },
  {
    rule: "redis-tls",
    clause: "CONF-PLEDGE",
    file: REDIS,
    find: 'sslEnable: "Enable"',
    put: 'sslEnable: "Disable"',
  },
  {
    rule: "redis-release-protection",
    clause: "DR-RESTORE",
    file: REDIS,
    find: "instanceReleaseProtection: true",
    put: "instanceReleaseProtection: false",
  },
  {
    rule: "key-rotates",
    clause: "CONF-PLEDGE",
    file: KEYS,
    find: 'automaticRotation: "Enabled"',
    put: 'automaticRotation: "Disabled"',
  },
  {
    rule: "key-deletion-protection",
    clause: "DR-RESTORE",
    file: KEYS,
    find: 'deletionProtection: "Enabled"',
    put: 'deletionProtection: "Disabled"',
  },
  {
    rule: "cluster-deletion-protection",
    clause: "DR-RESTORE",
    file: CLUSTER,
    find: "deletionProtection: true",
    put: "deletionProtection: false",
  },
  {
    rule: "cluster-api-private",
    clause: "SEC-CONFIG",
    file: CLUSTER,
    find: "slbInternetEnabled: false",
    put: "slbInternetEnabled: true",
  },
  {
    rule: "cluster-pod-identity",
    clause: "SEC-CONFIG",
    file: CLUSTER,
    find: "enableRrsa: true",
    put: "enableRrsa: false",
  },
  {
    rule: "nodes-in-several-zones",
    clause: "SLA-P1",
    file: CLUSTER,
    find: 'multiAzPolicy: "BALANCE"',
    put: 'multiAzPolicy: "PRIORITY"',
  },
  {
    rule: "metadata-needs-token",
    clause: "SEC-CONFIG",
    file: CLUSTER,
    find: 'httpTokens: "required"',
    put: 'httpTokens: "optional"',
  },
  {
    rule: "replication-never-deletes",
    clause: "DR-RESTORE",
    file: BUCKET,
    find: 'action: "PUT"',
    put: 'action: "ALL"',
  },
  {
    rule: "egress-address-kept",
    clause: "MNT-PAYMENT",
    file: "stacks/components/network.ts",
    find: "deletionProtection: true",
    put: "deletionProtection: false",
  },
  {
    rule: "trail-records-everything",
    clause: "ARC-EVENTS",
    file: "stacks/components/trail.ts",
    find: 'eventRw: "All"',
    put: 'eventRw: "Write"',
  },
];
