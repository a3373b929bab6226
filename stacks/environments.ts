// Facts that stacks and scripts agree on: environments, regions, networks, names, tags. Plain data, importable anywhere.

export const PROJECT = "netedu";

export const LAYERS = ["network", "data", "compute", "watch"] as const;
export type Layer = (typeof LAYERS)[number];

export type EnvironmentName = "prod" | "staging" | "dr";

export interface Environment {
  name: EnvironmentName | `drill-${string}`;
  region: Region;
  /** Where vSwitches are made, in this order; append only (stacks/plan/subnets.ts). */
  zones: readonly string[];
  /** The VPC. Environments that may ever be peered must not overlap, nor overlap SERVICE_CIDR. */
  cidr: string;
  /** Alibaba Cloud account. Prod and staging must differ: RAM, OIDC and the default KMS key are one per account. */
  account: AccountName;
  /** The environment whose data this one can take over. */
  recovers?: EnvironmentName;
}

/** Zones with stock for RDS, ACK, ALB and NAT (reference section 1, "recalled": check with getZones before the first up). */
export const REGIONS = {
  "cn-beijing": ["cn-beijing-h", "cn-beijing-i", "cn-beijing-k", "cn-beijing-l"],
  "cn-hangzhou": ["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j", "cn-hangzhou-k"],
} as const;
export type Region = keyof typeof REGIONS;

/** Where a region may copy its backups to. Unproven on the real cloud: ask DescribeAvailableCrossRegion first. */
export const CROSS_REGION: Readonly<Record<Region, readonly Region[]>> = {
  "cn-beijing": ["cn-hangzhou"],
  "cn-hangzhou": ["cn-beijing"],
};

/** Account ids stand in ARNs. These are placeholders of the right form; the real ones replace them here and only here. */
export const ACCOUNTS = { production: "1000000000000001", staging: "1000000000000002" } as const;
export type AccountName = keyof typeof ACCOUNTS;

/** Every instant of the last so many days can be restored (clause DR-RESTORE); platforms of policies/service promise no more. */
export const RESTORE_WINDOW_DAYS = 30;

/** Kubernetes services; the same everywhere, never routed between environments. */
export const SERVICE_CIDR = "172.21.0.0/20";

const BEIJING = ["cn-beijing-h", "cn-beijing-i", "cn-beijing-k"];
const HANGZHOU = ["cn-hangzhou-h", "cn-hangzhou-i", "cn-hangzhou-j"];

export const ENVIRONMENTS: Readonly<Record<EnvironmentName, Environment>> = {
  prod: { name: "prod", region: "cn-beijing", zones: BEIJING, cidr: "10.10.0.0/16", account: "production" },
  staging: {
    name: "staging",
    region: "cn-beijing",
    zones: BEIJING,
    cidr: "10.20.0.0/16",
    account: "staging",
  },
  dr: {
    name: "dr",
    region: "cn-hangzhou",
    zones: HANGZHOU,
    cidr: "10.30.0.0/16",
    account: "production",
    recovers: "prod",
  },
};

/** Every drill uses the same range: drills have no route out, so they cannot meet. */
export const DRILL_CIDR = "10.250.0.0/20";

const DRILL = /^drill-[a-z0-9](-?[a-z0-9]){0,19}$/;

export function isDrill(stack: string): boolean {
  return DRILL.test(stack);
}

export interface StackName {
  environment: string;
  layer: Layer | "drill";
}

/** `prod-network` → environment and layer; a drill is a whole stack. Undefined when it is no stack of ours. */
export function parseStack(stack: string): StackName | undefined {
  if (isDrill(stack)) return { environment: stack, layer: "drill" };
  const layer = LAYERS.find((name) => stack.endsWith(`-${name}`));
  const environment = layer && stack.slice(0, -layer.length - 1);
  return layer && environment && environment in ENVIRONMENTS ? { environment, layer } : undefined;
}

/** All permanent stacks, in the order in which they can be created: dr's data takes the replicas of prod's. */
export const STACKS: readonly string[] = LAYERS.flatMap((layer) =>
  (layer === "network" ? ["prod", "staging", "dr"] : ["dr", "prod", "staging"]).map(
    (name) => `${name}-${layer}`,
  ),
);

/** Role of the operations team that answers for the permanent environments. */
const OWNER = "platform-operations";

export interface Tags {
  [key: string]: string;
  project: string;
  environment: string;
  layer: string;
  /** The role that answers for it; a drill names its own. */
  owner: string;
  "managed-by": string;
}

/** On every resource that takes tags; cost, ownership and the drill's sweep go by them. */
export function tagsOf({ environment, layer }: StackName): Tags {
  return { project: PROJECT, environment, layer, owner: OWNER, "managed-by": "pulumi" };
}

/** Physical names, from here only: `netedu-prod-courses`. Lower case, digits and hyphens suit every product we use. */
export function physicalName(environment: string, ...parts: readonly string[]): string {
  const name = [PROJECT, environment, ...parts].join("-");
  if (!/^[a-z][a-z0-9-]{2,62}$/.test(name)) {
    throw new Error(
      `"${name}" is no valid name: 3 to 63 lower-case letters, digits and hyphens, a letter first`,
    );
  }
  return name;
}
