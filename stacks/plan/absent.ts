// Why an environment lacks a type that another declares. Pure data; the table in stacks/DECLARED.md shows it, and a test
// asks for a reason wherever one is missing.

export interface Absence {
  /** Pulumi type, or a prefix of one. */
  type: string;
  environments: readonly string[];
  why: string;
}

const RDS_KIND = "PostgreSQL is self-managed here: restored from the second pgBackRest repository";
const OWN_SERVERS = "PostgreSQL is RDS here, and no server stands beside the cluster";

export const ABSENT: readonly Absence[] = [
  {
    type: "alicloud:rds/rdsCloneDbInstance",
    environments: ["prod", "staging", "dr"],
    why: "only a drill clones",
  },
  { type: "alicloud:rds/", environments: ["dr"], why: RDS_KIND },
  {
    type: "alicloud:kvstore/",
    environments: ["dr"],
    why: "pilot light: made when promoted, holds nothing to keep",
  },
  { type: "alicloud:ecs/instance", environments: ["staging"], why: OWN_SERVERS },
  { type: "alicloud:ecs/ecsDisk", environments: ["staging"], why: OWN_SERVERS },
  { type: "alicloud:ecs/ecsDiskAttachment", environments: ["staging"], why: OWN_SERVERS },
  {
    type: "alicloud:ecs/",
    environments: ["prod", "staging"],
    why: "belongs to self-managed PostgreSQL; RDS has its own",
  },
  {
    type: "alicloud:vpc/peerConnection",
    environments: ["prod", "staging"],
    why: "declared whole on the recovery side",
  },
  {
    type: "alicloud:vpc/routeEntry",
    environments: ["prod", "staging"],
    why: "declared whole on the recovery side",
  },
  { type: "alicloud:oss/bucketReplication", environments: ["dr"], why: "it is the destination" },
  {
    type: "alicloud:oss/bucketReplication",
    environments: ["staging"],
    why: "nothing in staging is worth a second region",
  },
  { type: "alicloud:ims/", environments: ["dr"], why: "one per account: prod's" },
  { type: "alicloud:actiontrail/", environments: ["dr"], why: "one per account: prod's" },
  // A drill has nothing that lasts, nothing that leads out, and nothing that it does not need.
  { type: "alicloud:", environments: ["drill"], why: "a drill holds only what its checks need" },
  { type: "kubernetes:", environments: ["drill"], why: "a drill holds only what its checks need" },
];

export function whyAbsent(type: string, environment: string): string | undefined {
  return ABSENT.find((absence) => type.startsWith(absence.type) && absence.environments.includes(environment))
    ?.why;
}
