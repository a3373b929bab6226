// What each pipeline may do in the cloud: one role a job, least privilege, short sessions, no key that lives on. Pure data.

export interface Pipeline {
  name: string;
  why: string;
  /** GitHub environment that alone may assume the role; pinned exactly, never a wildcard. */
  environment: string;
  /** Seconds, 900–43200. */
  session: number;
  allow: readonly { actions: readonly string[]; resources: readonly string[] }[];
}

const HOUR = 3600;

/** `<account>`, `<environment>` are filled in by the component. */
export const PIPELINES: readonly Pipeline[] = [
  {
    name: "preview",
    why: "pulumi preview: reads what is there, changes nothing",
    environment: "preview",
    session: HOUR,
    allow: [
      {
        actions: [
          "vpc:Describe*",
          "ecs:Describe*",
          "rds:Describe*",
          "r-kvstore:Describe*",
          "alb:Get*",
          "alb:List*",
        ],
        resources: ["*"],
      },
      {
        actions: [
          "cs:Describe*",
          "cs:Get*",
          "log:Get*",
          "log:List*",
          "cms:Describe*",
          "actiontrail:Describe*",
          "hbr:Describe*",
        ],
        resources: ["*"],
      },
      {
        actions: ["oss:GetBucket*", "oss:ListBuckets", "kms:Describe*", "kms:List*", "ram:Get*", "ram:List*"],
        resources: ["*"],
      },
    ],
  },
  {
    name: "apply",
    why: "pulumi up after review: changes this environment, cannot destroy what is protected by deny below",
    environment: "apply",
    session: HOUR,
    allow: [
      {
        actions: [
          "vpc:*",
          "ecs:*",
          "rds:*",
          "r-kvstore:*",
          "alb:*",
          "cs:*",
          "log:*",
          "cms:*",
          "hbr:*",
          "alidns:*",
        ],
        resources: ["*"],
      },
      {
        actions: ["oss:PutBucket*", "oss:GetBucket*", "oss:ListBuckets"],
        resources: ["acs:oss:*:*:netedu-<environment>-*"],
      },
      { actions: ["kms:*", "ram:*", "ims:*", "actiontrail:*"], resources: ["*"] },
    ],
  },
  {
    name: "verify",
    why: "nightly verification: lists backups and reads the repository, writes evidence",
    environment: "verify",
    session: 4 * HOUR,
    allow: [
      {
        actions: [
          "rds:DescribeBackups",
          "rds:DescribeBackupPolicy",
          "rds:DescribeLocalAvailableRecoveryTime",
          "rds:DescribeBinlogFiles",
        ],
        resources: ["*"],
      },
      {
        actions: ["oss:GetObject", "oss:ListObjects"],
        resources: [
          "acs:oss:*:*:netedu-<environment>-pgbackrest",
          "acs:oss:*:*:netedu-<environment>-pgbackrest/*",
        ],
      },
      { actions: ["oss:PutObject"], resources: ["acs:oss:*:*:netedu-<environment>-evidence/*"] },
      {
        actions: ["log:PostLogStoreLogs"],
        resources: ["acs:log:*:<account>:project/netedu-<environment>-watch/logstore/jobs"],
      },
    ],
  },
  {
    name: "drill",
    why: "drills: creates and destroys a drill-… stack, restores into it, touches nothing else",
    environment: "drill",
    session: 4 * HOUR,
    allow: [
      { actions: ["rds:CloneDBInstance", "rds:Describe*"], resources: ["*"] },
      {
        actions: [
          "vpc:Describe*",
          "vpc:CreateVpc",
          "vpc:CreateVSwitch",
          "vpc:DeleteVpc",
          "vpc:DeleteVSwitch",
        ],
        resources: ["*"],
      },
      {
        actions: ["ecs:Describe*", "ecs:RunInstances", "ecs:DeleteInstance", "ecs:*SecurityGroup*"],
        resources: ["*"],
      },
      { actions: ["oss:PutObject"], resources: ["acs:oss:*:*:netedu-<environment>-evidence/*"] },
    ],
  },
];
