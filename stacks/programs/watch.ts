// Layer 4: what watches. Probes, alarms with their runbooks, the audit trail, and the dead-man of the nightly verification.
import * as path from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { loadContract } from "../../policies/contract/load";
import { Contacts } from "../components/contacts";
import { LogAlarms } from "../components/log-alarms";
import { LogProject } from "../components/log-project";
import { MetricAlarms, type Watched } from "../components/metric-alarms";
import { SiteMonitors } from "../components/site-monitors";
import { Trail } from "../components/trail";
import { declaredConfig, readConfig } from "../config";
import type { WatchConfig } from "../configuration";
import { physicalName } from "../environments";
import {
  type Alarm,
  alarms,
  hearsSilence,
  type LogAlarm,
  type MetricAlarm,
  type Subject,
} from "../plan/alarms";
import { accountId, currentStack, environmentOf, providerOf, reference } from "./context";

const ROOT = path.resolve(__dirname, "../..");

export async function watch(): Promise<Record<string, unknown>> {
  const context = currentStack();
  const { stack, tags } = context;
  const environment = environmentOf(context);
  const config = readConfig(stack, "watch");
  const provider = providerOf(environment.region);
  const opts = { provider };
  const enabled = config.alarms === "on";
  const catalogue = alarms(loadContract(ROOT), config.verification.silentAfter);

  const logs = new LogProject(
    "watch",
    {
      projectName: physicalName(environment.name, "watch"),
      purpose: "What jobs did, and who did what in the account",
      stores: [
        { name: "jobs", retention: config.logRetention },
        { name: "trail", retention: config.logRetention },
      ],
      tags,
    },
    opts,
  );
  if (config.trail) {
    const { name, region } = environment;
    new Trail("trail", { environment: name, region, accountId: accountId(environment), project: logs }, opts);
  }
  const contacts = new Contacts("contacts", { environment: environment.name, groups: config.groups }, opts);
  const sites = new SiteMonitors("sites", { sites: config.sites }, opts);
  const { engine } = declaredConfig(`${environment.name}-data`, "data").postgres;
  const watched = watchedThings(environment.name, config, sites);
  new MetricAlarms(
    "metrics",
    {
      environment: environment.name,
      alarms: catalogue
        .filter(isMetric)
        .flatMap((alarm) =>
          watched[alarm.subject]
            .filter(({ serves }) => concerns(alarm, serves))
            .map((thing) => ({ alarm, watched: thing })),
        ),
      contacts,
      enabled,
      tags,
    },
    opts,
  );
  new LogAlarms(
    "logs",
    {
      environment: environment.name,
      region: environment.region,
      alarms: catalogue
        .filter(isLog)
        .filter(({ store }) => store !== "trail" || config.trail)
        .filter((alarm) => alarm.engine === undefined || alarm.engine === engine)
        .filter((alarm) => config.jobs === "running" || !hearsSilence(alarm)),
      project: logs,
      enabled,
    },
    opts,
  );
  return { logProject: logs.projectName, sites: config.sites.map(({ url }) => url) };
}

const isMetric = (alarm: Alarm): alarm is MetricAlarm => alarm.kind === "metric";
const isLog = (alarm: Alarm): alarm is LogAlarm => alarm.kind === "log";

/** A thing may serve one performance clause; alarms of the others are not about it. */
type Thing = Watched & { serves?: string };

function concerns(alarm: MetricAlarm, serves: string | undefined): boolean {
  return alarm.name !== "SiteSlow" || serves === undefined || alarm.clauses.includes(serves);
}

function watchedThings(
  environment: string,
  config: WatchConfig,
  sites: SiteMonitors,
): Record<Subject, Thing[]> {
  const data = reference(`${environment}-data`);
  const network = reference(`${environment}-network`);
  const declared = declaredConfig(`${environment}-data`, "data");
  const instanceId = data.requireOutput("instanceId") as pulumi.Output<string>;
  const database: Thing[] = [{ dimensions: { instanceId } }];
  return {
    rds: declared.postgres.engine === "rds" ? database : [],
    "postgres-server": declared.postgres.engine === "self-managed" ? database : [],
    redis: declared.redis
      ? [{ dimensions: { instanceId: data.requireOutput("redisId") as pulumi.Output<string> } }]
      : [],
    "load-balancer": [
      { dimensions: { loadBalancerId: network.requireOutput("loadBalancer") as pulumi.Output<string> } },
    ],
    site: config.sites.map(({ name, performance }) => ({
      label: name,
      dimensions: { taskId: sites.taskId(name) },
      serves: performance,
    })),
  };
}
