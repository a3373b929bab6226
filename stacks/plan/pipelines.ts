// What each pipeline may do in the cloud: one role a job, least privilege, short sessions, no key that lives on. Pure data.
import { LAYERS, type Layer } from "../environments";
import { changing, type Grant, reading, SERVICES } from "./permissions";

export interface Pipeline {
  name: string;
  why: string;
  /**
   * GitHub environments that alone may assume the role, `<home>` = where the role is declared, `<environment>` = each that
   * lives in the account. Pinned exactly, never a wildcard.
   */
  environment: `${"<home>" | "<environment>"}-${string}`;
  /** Seconds, 900–43200. */
  session: number;
  allow: readonly Grant[];
}

const HOUR = 3600;

/**
 * Pulumi's state: everyone's may be read (StackReferences), its secrets are encrypted; locks are made and removed. All
 * environments of an account share one: dr takes prod's outputs and the other way round.
 */
const STATE = "acs:oss:*:<account>:netedu-<home>-state";
const readState: Grant = { actions: ["oss:GetObject", "oss:ListObjects"], resources: [STATE, `${STATE}/*`] };
const writeState = (layer: Layer): Grant => ({
  actions: ["oss:PutObject", "oss:DeleteObject"],
  resources: [`${STATE}/.pulumi/*/netedu/<environment>-${layer}*`, `${STATE}/.pulumi/locks/*`],
});

const WRITE_EVIDENCE: Grant = {
  actions: ["oss:PutObject"],
  resources: ["acs:oss:*:<account>:netedu-<environment>-evidence/*"],
};

/** Servers are started with their roles, which a person has made. */
const PASS_ROLES: Grant = {
  actions: ["ram:GetRole", "ram:PassRole"],
  resources: ["acs:ram:*:<account>:role/netedu-<environment>-database"],
};
const READ_IDENTITIES: Grant = {
  actions: ["ram:GetRole", "ram:GetPolicy", "ram:ListPoliciesForRole", "ims:GetOIDCProvider"],
  resources: ["acs:ram:*:<account>:*", "acs:ims:*:<account>:*"],
};

const apply = (layer: Layer): Pipeline => ({
  name: `apply-${layer}`,
  why: `pulumi up of ${layer} after review: changes what this layer declares and no other`,
  environment: `<home>-apply-${layer}`,
  session: HOUR,
  allow: [
    ...changing(layer),
    readState,
    writeState(layer),
    READ_IDENTITIES,
    ...(layer === "data" ? [PASS_ROLES] : []),
  ],
});

/** Only what carries the tag of a drill; the tag is set at creation. */
const OF_A_DRILL = { StringLike: { "acs:ResourceTag/drill": "drill-*" } };
const MARKED_AS_DRILL = { StringLike: { "acs:RequestTag/drill": "drill-*" } };

/** `<account>`, `<region>`, `<environment>`, `<home>` are filled in by the component. */
export const PIPELINES: readonly Pipeline[] = [
  {
    name: "preview",
    why: "pulumi preview: reads what is there, changes nothing",
    environment: "<home>-preview",
    session: HOUR,
    allow: [...reading(SERVICES), readState, READ_IDENTITIES],
  },
  ...LAYERS.map(apply),
  {
    name: "verify",
    why: "nightly verification: lists backups and reads the repository, writes evidence",
    environment: "<environment>-verify",
    session: 4 * HOUR, // it restores a whole database
    allow: [
      {
        actions: [
          "rds:DescribeBackups",
          "rds:DescribeBackupPolicy",
          "rds:DescribeLocalAvailableRecoveryTime",
          "rds:DescribeBinlogFiles",
        ],
        resources: ["acs:rds:<region>:<account>:dbinstance/*"],
      },
      {
        actions: ["oss:GetObject", "oss:ListObjects"],
        resources: ["pgbackrest", "dumps"].flatMap((name) => [
          `acs:oss:*:<account>:netedu-<environment>-${name}`,
          `acs:oss:*:<account>:netedu-<environment>-${name}/*`,
        ]),
      },
      WRITE_EVIDENCE,
      {
        actions: ["log:PostLogStoreLogs"],
        resources: ["acs:log:*:<account>:project/netedu-<environment>-watch/logstore/jobs"],
      },
    ],
  },
  {
    name: "drill",
    why: "drills: creates and destroys a drill-… stack, restores into it, touches nothing else",
    environment: "<home>-drill",
    session: 4 * HOUR,
    allow: [
      ...reading(["vpc", "ecs", "rds"]),
      // CloneDBInstance takes no tags, so any instance may be tagged; what that opens, deletion protection shuts again:
      // permanent instances have it, and no pipeline may take it away (NEVER).
      {
        actions: ["rds:CloneDBInstance", "rds:ModifySecurityIps", "rds:TagResources"],
        resources: ["acs:rds:<region>:<account>:dbinstance/*"],
      },
      {
        actions: ["vpc:CreateVpc", "vpc:CreateVSwitch"],
        resources: ["acs:vpc:<region>:<account>:*"],
        when: MARKED_AS_DRILL,
      },
      {
        actions: ["ecs:RunInstances", "ecs:CreateDisk", "ecs:CreateSecurityGroup"],
        resources: ["acs:ecs:<region>:<account>:*"],
        when: MARKED_AS_DRILL,
      },
      {
        actions: [
          "vpc:DeleteVpc",
          "vpc:DeleteVSwitch",
          "ecs:AuthorizeSecurityGroupEgress",
          "ecs:RevokeSecurityGroupEgress",
          "ecs:AttachDisk",
          "ecs:DetachDisk",
          "ecs:AttachInstanceRamRole",
          "ecs:StopInstance",
          "ecs:DeleteInstance",
          "ecs:DeleteDisk",
          "ecs:DeleteSecurityGroup",
          "rds:DeleteDBInstance",
        ],
        resources: [
          "acs:vpc:<region>:<account>:*",
          "acs:ecs:<region>:<account>:*",
          "acs:rds:<region>:<account>:dbinstance/*",
        ],
        when: OF_A_DRILL,
      },
      readState,
      {
        actions: ["oss:PutObject", "oss:DeleteObject"],
        resources: [`${STATE}/.pulumi/*/netedu/drill-*`, `${STATE}/.pulumi/locks/*`],
      },
      WRITE_EVIDENCE,
    ],
  },
];

/** Whatever a pipeline may do: what proves, protects or gives rights cannot be taken away or widened by one. */
export const NEVER: readonly string[] = [
  "oss:DeleteBucket",
  "oss:DeleteObjectVersion",
  "oss:AbortBucketWorm",
  "kms:ScheduleKeyDeletion",
  "kms:DisableKey",
  "actiontrail:StopLogging",
  "actiontrail:DeleteTrail",
  "rds:ModifyDBInstanceDeletionProtection",
  "ram:Create*",
  "ram:Attach*",
  "ram:Update*",
  "ims:Create*",
  "ims:Update*",
];
