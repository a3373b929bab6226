// What a stack's configuration holds, layer by layer, once defaults are in. Types only.
import type { Region } from "./environments";
import type { PerformanceClause, Priority } from "./plan/alarms";

export interface NetworkConfig {
  /** Mbit/s */
  egressBandwidth: number;
  /** days */
  logRetention: number;
  edge: {
    edition: "Basic" | "Standard" | "StandardWithWaf";
    certificate: string;
    domain: string;
    hosts: string[];
    serving: boolean;
  };
  peering?: { bandwidth: number };
}

export interface PostgresConfig {
  engine: "rds" | "self-managed";
  version: string;
  /** RDS class; with `rds` only. */
  class?: string;
  /** ECS type; with `self-managed` only. */
  instance?: string;
  /** Pinned image; with `self-managed` only. */
  image?: string;
  /** GB */
  storage: number;
  storageType: "cloud_essd" | "cloud_essd2" | "cloud_essd3" | "general_essd";
  /** days of SQL audit */
  auditDays: number;
}

export interface RedisConfig {
  engine: "redis" | "tair";
  class: string;
  version: string;
}

export interface DataConfig {
  backup: { hour: string; retention: number; crossRegion?: Region; vendorCrossRegion: boolean };
  postgres: PostgresConfig;
  redis?: RedisConfig;
  replicateTo?: string;
  evidence: { retention: number; locked: boolean };
}

export interface PoolConfig {
  name: string;
  purpose: "system" | "applications" | "jobs";
  types: string[];
  min: number;
  max: number;
  /** GB */
  disk: number;
}

export interface ServerConfig {
  name: string;
  summary: string;
  type: string;
  image: string;
  /** GB */
  disk: number;
  /** GB of a data disk; none when absent. */
  data?: number;
}

export interface ComputeConfig {
  cluster: { version: string; spec: string; logRetention: number };
  pools: PoolConfig[];
  servers: ServerConfig[];
  pipelines?: { repository: string; fingerprints: string[] };
  argocd: { chart: string; repository: string; revision: string };
}

export interface WatchConfig {
  logRetention: number;
  trail: boolean;
  sites: { name: string; url: string; performance: PerformanceClause }[];
  groups: { priority: Priority; contacts: string[] }[];
  /** hours */
  verification: { silentAfter: number };
  jobs: "running" | "suspended";
  alarms: "on" | "off";
}

export interface DrillConfig {
  owner: string;
  expires: string;
  /** CNY */
  costCap: number;
  source: string;
  restoreTime: string;
  zones: string[];
  postgres: {
    engine: "rds" | "self-managed";
    class?: string;
    instance?: string;
    image?: string;
    storage: number;
  };
}

export interface Configurations {
  network: NetworkConfig;
  data: DataConfig;
  compute: ComputeConfig;
  watch: WatchConfig;
  drill: DrillConfig;
}

export type Configuration = Configurations[keyof Configurations];
