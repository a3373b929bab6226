// Alarms on what the logs say, or do not say: backups that did not come, a verification that fell silent.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Region } from "../environments";
import type { LogAlarm } from "../plan/alarms";
import type { LogProject } from "./log-project";

/** SLS counts 2 report, 4 low, 6 medium, 8 high, 10 critical. */
const SEVERITY: Readonly<Record<LogAlarm["priority"], number>> = { P1: 10, P2: 8, P3: 6, P4: 4 };

export interface LogAlarmsArgs {
  environment: string;
  region: Region;
  alarms: readonly LogAlarm[];
  project: LogProject;
  enabled: boolean;
}

export class LogAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: LogAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:LogAlarms", name, {}, opts);
    for (const alarm of args.alarms) this.createAlert(alarm, args);
    this.registerOutputs();
  }

  private createAlert(alarm: LogAlarm, { environment, region, project, enabled }: LogAlarmsArgs): void {
    new alicloud.sls.Alert(
      alarm.name,
      {
        alertName: physicalName(environment, alarm.name.toLowerCase()),
        displayName: alarm.name,
        projectName: project.projectName,
        status: enabled ? "ENABLED" : "DISABLED",
        schedule: { type: "FixedRate", interval: "10m", timeZone: "+0800" },
        configuration: {
          version: "2.0",
          type: "default",
          dashboard: "internal-alert-analysis",
          queryLists: [
            {
              storeType: "log",
              project: project.projectName,
              store: project.store(alarm.store),
              region,
              query: alarm.query,
              start: `-${alarm.hours}h`,
              end: "now",
              timeSpanType: "Relative",
              powerSqlMode: "auto",
            },
          ],
          groupConfiguration: { type: "no_group" },
          severityConfigurations: [
            {
              severity: SEVERITY[alarm.priority],
              evalCondition: { condition: alarm.condition, countCondition: "" },
            },
          ],
          threshold: 1,
          noDataFire: true, // no row at all is silence too
          noDataSeverity: SEVERITY[alarm.priority],
          sendResolved: true,
          annotations: [
            { key: "title", value: `${environment} ${alarm.name}` },
            { key: "runbook", value: `runbooks/alerts/${alarm.name}.md` },
            { key: "clauses", value: alarm.clauses.join(" ") },
          ],
          policyConfiguration: {
            alertPolicyId: "sls.builtin.dynamic",
            actionPolicyId: physicalName(environment, alarm.priority.toLowerCase()),
            repeatInterval: "10m",
          },
        },
      },
      { parent: this },
    );
  }
}
