// In what the environments differ inside the cluster: how many, how large, under which names. The only place for it.
// Regions, networks and accounts are facts of stacks/environments.ts.
import type { App as AppName } from "../policies/service/releases";
import type { EnvironmentName } from "../stacks/environments";

/** The repository and branch that Argo CD follows; the same as stacks/config (`netedu:argocd`). */
export const REPOSITORY = { url: "https://github.com/netedu/netedu-ops", revision: "main" } as const;

export type Workload = Exclude<AppName, "ops">;
export type PublicApp = "learning-web" | "mobile-api" | "wechat-gateway";

export interface Size {
  /** Pods, at least and at most. */
  min: number;
  max: number;
  /** Requested; the limit is twice as much. Millicores. */
  cpu: number;
  /** Requested and limit alike, MiB: a pod that may use more than it asked for dies when its node fills. */
  memory: number;
}

export interface Settings {
  /** Nothing runs and no job starts until the environment is promoted (runbooks/procedures/promote-dr.md). */
  pilotLight: boolean;
  /** Who operates PostgreSQL, the same as stacks/config (`netedu:postgres`). A managed one is dumped as well. */
  engine: "rds" | "self-managed";
  /** Names under DOMAIN, the same as stacks/config (`netedu:edge`). */
  hosts: Readonly<Record<PublicApp, string>>;
  /** Known once the stack is up: `pulumi stack output`. Placeholders of the right form until then. */
  loadBalancer: string;
  clusterId: string;
  sizes: Readonly<Record<Workload, Size>>;
}

export const DOMAIN = "netedu.example";

const size = (min: number, max: number, cpu: number, memory: number): Size => ({ min, max, cpu, memory });

const FULL: Settings["sizes"] = {
  "learning-web": size(3, 12, 500, 1024),
  "mobile-api": size(3, 12, 500, 768),
  "wechat-gateway": size(2, 6, 200, 384),
  "worker-sms": size(2, 6, 100, 256),
  "worker-invoice": size(2, 4, 100, 384),
  "worker-payment": size(3, 6, 200, 384),
  "worker-transcode": size(2, 4, 1000, 2048),
};

const SMALL: Settings["sizes"] = {
  "learning-web": size(2, 3, 250, 768),
  "mobile-api": size(2, 3, 250, 512),
  "wechat-gateway": size(1, 2, 100, 256),
  "worker-sms": size(1, 2, 50, 192),
  "worker-invoice": size(1, 2, 50, 256),
  "worker-payment": size(1, 2, 100, 256),
  "worker-transcode": size(1, 1, 500, 1024),
};

export const SETTINGS: Readonly<Record<EnvironmentName, Settings>> = {
  prod: {
    pilotLight: false,
    engine: "rds",
    hosts: { "learning-web": "learn", "mobile-api": "m", "wechat-gateway": "wx" },
    loadBalancer: "alb-0000000000000001",
    clusterId: "c00000000000000000000000000000001",
    sizes: FULL,
  },
  staging: {
    pilotLight: false,
    engine: "rds",
    hosts: { "learning-web": "staging-learn", "mobile-api": "staging-m", "wechat-gateway": "staging-wx" },
    loadBalancer: "alb-0000000000000002",
    clusterId: "c00000000000000000000000000000002",
    sizes: SMALL,
  },
  dr: {
    pilotLight: true,
    engine: "self-managed",
    hosts: { "learning-web": "learn", "mobile-api": "m", "wechat-gateway": "wx" },
    loadBalancer: "alb-0000000000000003",
    clusterId: "c00000000000000000000000000000003",
    sizes: FULL, // what it must carry once it is promoted
  },
};
