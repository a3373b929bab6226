// Every alarm of the platform: what is watched, from which figure on, who is told, and which clause it serves. Pure data;
// thresholds that the contract gives are taken from the contract. runbooks/alerts/<name>.md says what to do.
import { type Contract, figure } from "../../policies/contract/contract";

export type Priority = "P1" | "P2" | "P3" | "P4";

/** What a metric is measured on; decides the dimension and whether the environment has it. */
export type Subject = "rds" | "postgres-server" | "redis" | "load-balancer" | "site";

interface Base {
  /** PascalCase; the runbook's name. */
  name: string;
  priority: Priority;
  clauses: readonly string[];
}

export interface MetricAlarm extends Base {
  kind: "metric";
  subject: Subject;
  metric: string;
  statistics: "Average" | "Maximum" | "Availability" | "Value";
  operator: ">" | ">=" | "<" | "<=";
  /** In the metric's own unit. */
  threshold: number;
  unit: string;
  /** Consecutive periods. */
  times: number;
  /** Seconds. */
  period: number;
}

export interface LogAlarm extends Base {
  kind: "log";
  store: "jobs" | "trail";
  /** SLS query whose single row has a column `found`. */
  query: string;
  /** Hours that the query looks back. */
  hours: number;
  /** Fires on this condition of `found`. */
  condition: string;
  /** Who must operate PostgreSQL for it to mean anything; absent = either. */
  engine?: "rds" | "self-managed";
}

export type Alarm = MetricAlarm | LogAlarm;

const NOTHING = "found < 1";

/** CloudMonitor's name of a subject's metrics. "recalled" in the reference: kvstore, alb, networkmonitor; see the first preview. */
export const METRIC_PROJECTS: Readonly<Record<Subject, string>> = {
  rds: "acs_rds_dashboard",
  "postgres-server": "acs_ecs_dashboard",
  redis: "acs_kvstore",
  "load-balancer": "acs_alb",
  site: "acs_networkmonitor",
};

const metric = (
  name: string,
  priority: Priority,
  clauses: readonly string[],
  watched: Omit<MetricAlarm, "kind" | "name" | "priority" | "clauses" | "period" | "times"> &
    Partial<Pick<MetricAlarm, "period" | "times">>,
): MetricAlarm => ({ kind: "metric", name, priority, clauses, period: 60, times: 3, ...watched });

const above = (subject: Subject, name: string, threshold: number, unit: string) =>
  ({ subject, metric: name, statistics: "Average", operator: ">", threshold, unit }) as const;

/** RDS names its PostgreSQL metrics apart from MySQL's; `conn_usgae` is the vendor's spelling. */
const FIXED: readonly Alarm[] = [
  metric("DatabaseCpuHigh", "P2", ["PERF-SIMPLE", "SEC-CONFIG"], above("rds", "cpu_usage", 85, "%")),
  metric("DatabaseDiskFilling", "P2", ["SEC-CONFIG"], above("rds", "local_fs_size_usage", 80, "%")),
  metric("DatabaseConnectionsHigh", "P2", ["SEC-CONFIG"], above("rds", "conn_usgae", 85, "%")),
  metric("DatabaseReplicationLag", "P2", ["DR-RESTORE"], {
    ...above("rds", "PG_ReplayLatency", 60, "s"),
    statistics: "Maximum",
  }),
  metric("DatabaseSlotInactive", "P3", ["SEC-CONFIG"], {
    ...above("rds", "PG_InactiveSlots", 0, "slots"),
    times: 5,
  }),
  metric("DatabaseStatementLong", "P3", ["PERF-COMPLEX"], {
    ...above("rds", "PG_MaxExecutingSQLTime", 300, "s"),
    statistics: "Maximum",
  }),
  metric("ServerCpuHigh", "P3", ["SEC-CONFIG"], above("postgres-server", "cpu_total", 90, "%")),
  metric(
    "ServerMemoryHigh",
    "P3",
    ["SEC-CONFIG"],
    above("postgres-server", "memory_usedutilization", 90, "%"),
  ),
  metric("RedisMemoryHigh", "P3", ["SEC-CONFIG"], above("redis", "StandardMemoryUsage", 85, "%")),
  metric("RedisConnectionsHigh", "P3", ["SEC-CONFIG"], above("redis", "StandardConnectionUsage", 85, "%")),
  metric("EdgeServerErrors", "P2", ["MNT-FUNCTION"], {
    ...above("load-balancer", "LoadBalancerHTTPCode5XX", 5, "per second"),
    statistics: "Value",
  }),
  metric("SiteUnavailable", "P1", ["KEY-WATCH", "MNT-FUNCTION"], {
    subject: "site",
    metric: "Availability",
    statistics: "Availability",
    operator: "<",
    threshold: 90,
    unit: "% of probes",
    times: 2,
  }),
  {
    kind: "log",
    name: "BackupMissing",
    priority: "P1",
    clauses: ["DR-BACKUP", "SEC-CONFIG"],
    store: "jobs",
    // Of a managed database the vendor's backups report nothing; the nightly dump is the backup that somebody has looked at.
    query: "(job: backup or job: dump) and verdict: pass | select count(1) as found",
    hours: 26,
    condition: NOTHING,
  },
  {
    kind: "log",
    name: "VerificationFailed",
    priority: "P1",
    clauses: ["DR-RESTORE"],
    store: "jobs",
    query: "job: verify and not verdict: pass | select count(1) as found",
    hours: 1,
    condition: "found > 0",
  },
  {
    kind: "log",
    name: "ReplicaStale",
    priority: "P2",
    clauses: ["DR-RESTORE", "DR-DRILL"],
    store: "jobs",
    query: "job: dump and verdict: pass | select count(1) as found",
    hours: 26,
    condition: NOTHING,
    engine: "rds",
  },
  {
    kind: "log",
    name: "CertificateExpiring",
    priority: "P3",
    clauses: ["SVC-PATROL"],
    store: "jobs",
    query: "measurement: certificate-days | select count_if(value < 30) as found",
    hours: 24,
    condition: "found > 0",
  },
  {
    kind: "log",
    name: "AuditTrailStopped",
    priority: "P2",
    clauses: ["ARC-EVENTS"],
    store: "trail",
    query: "event.eventName: StopLogging or event.eventName: DeleteTrail | select count(1) as found",
    hours: 1,
    condition: "found > 0",
  },
];

/** Fires because nothing was reported: where no job runs it would never be quiet. */
export const hearsSilence = ({ condition }: LogAlarm): boolean => condition === NOTHING;

/** Clauses whose response times the contract gives; a site is probed for one of them. */
export const PERFORMANCE = ["PERF-INTERACT", "PERF-SIMPLE", "PERF-COMPLEX"] as const;
export type PerformanceClause = (typeof PERFORMANCE)[number];

/** Milliseconds within which operations of a clause must answer on average. @throws Error when the contract has no figure */
export function allowedMilliseconds(contract: Contract, clause: PerformanceClause): number {
  const found = figure(contract, clause, "average-max");
  if (found?.unit !== "s") throw new Error(`clause ${clause} has no average-max in seconds`);
  return found.value * 1000;
}

/**
 * All alarms.
 * @param silentAfter hours without a nightly verification after which the dead-man speaks
 */
export function alarms(contract: Contract, silentAfter: number): Alarm[] {
  const slow = PERFORMANCE.map((clause) =>
    metric("SiteSlow", "P2", [clause], {
      subject: "site",
      metric: "ResponseTime",
      statistics: "Average",
      operator: ">",
      threshold: allowedMilliseconds(contract, clause),
      unit: "ms",
      times: 5,
    }),
  );
  // Says nothing was heard, which no job can say of itself; it lives in the cloud, apart from what it watches.
  const deadMan: LogAlarm = {
    kind: "log",
    name: "VerificationSilent",
    priority: "P1",
    clauses: ["DR-RESTORE", "KEY-WATCH"],
    store: "jobs",
    query: "job: verify | select count(1) as found",
    hours: silentAfter,
    condition: NOTHING,
  };
  return [...FIXED, ...slow, deadMan];
}
