// Alarms on CloudMonitor's metrics, one for each subject that the environment has.
import * as alicloud from "@pulumi/alicloud";
import * as pulumi from "@pulumi/pulumi";
import { physicalName, type Tags } from "../environments";
import { METRIC_PROJECTS, type MetricAlarm } from "../plan/alarms";
import type { Contacts } from "./contacts";

/** A thing that is watched. */
export interface Watched {
  /** Short name, part of the alarm's; none when the environment has one such thing. */
  label?: string;
  /** e.g. `{ instanceId }`; values from other stacks. */
  dimensions: Readonly<Record<string, pulumi.Input<string>>>;
}

export interface MetricAlarmsArgs {
  environment: string;
  alarms: readonly { alarm: MetricAlarm; watched: Watched }[];
  contacts: Contacts;
  enabled: boolean;
  tags: Tags;
}

/** Seconds before the same alarm is sounded again. */
const SILENCE: Readonly<Record<MetricAlarm["priority"], number>> = { P1: 300, P2: 900, P3: 3600, P4: 86_400 };

export class MetricAlarms extends pulumi.ComponentResource {
  constructor(name: string, args: MetricAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("netedu:components:MetricAlarms", name, {}, opts);
    for (const { alarm, watched } of args.alarms) this.createAlarm(alarm, watched, args);
    this.registerOutputs();
  }

  private createAlarm(alarm: MetricAlarm, { label, dimensions }: Watched, args: MetricAlarmsArgs): void {
    const name = label === undefined ? alarm.name : `${alarm.name}-${label}`;
    const level = {
      statistics: alarm.statistics,
      comparisonOperator: alarm.operator,
      threshold: String(alarm.threshold),
      times: alarm.times,
    };
    new alicloud.cms.Alarm(
      name,
      {
        name: physicalName(args.environment, name.toLowerCase().replaceAll("_", "-")),
        project: METRIC_PROJECTS[alarm.subject],
        metric: alarm.metric,
        metricDimensions: pulumi.jsonStringify([dimensions]),
        period: alarm.period,
        ...(alarm.priority === "P1" || alarm.priority === "P2"
          ? { escalationsCritical: level }
          : { escalationsWarn: level }),
        contactGroups: [args.contacts.group(alarm.priority)],
        silenceTime: SILENCE[alarm.priority],
        effectiveInterval: "00:00-23:59",
        enabled: args.enabled,
        tags: { ...args.tags, runbook: `alerts/${alarm.name}`, clauses: alarm.clauses.join(" ") },
      },
      { parent: this },
    );
  }
}
