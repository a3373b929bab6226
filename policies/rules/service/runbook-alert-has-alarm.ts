// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import type { World } from "../../engine/subject";

const ALARMS = ["alicloud:cms/alarm:Alarm", "alicloud:sls/alert:Alert"];

/** Declared resources are called after their alarm, with a label when there are several: `SiteSlow-prod_learn`. */
const alarms = (world: World): string[] =>
  world.of("stack", ...ALARMS).map(({ name }) => name.split("-")[0] ?? name);

/** Rules of Prometheus name their alert in the group's rules. */
const alerts = (world: World): string[] =>
  world
    .of("kubernetes", "monitoring.coreos.com/v1/PrometheusRule")
    .flatMap(({ properties }) =>
      [...JSON.stringify(properties).matchAll(/"alert":"(\w+)"/g)].map((match) => match[1] ?? ""),
    );

export default defineRule({
  id: "runbook-alert-has-alarm",
  severity: "low",
  applies: [{ surface: "service", types: ["runbook"] }],
  when: ({ properties }) => properties.area === "alerts",
  clauses: ["SVC-HANDOVER"],
  title: "Every runbook of an alert belongs to an alarm that is declared",
  why: "A runbook without its alarm suggests that something is watched which is not.",
  remedy: "Declare the alarm (stacks/plan/alarms.ts or a PrometheusRule), or remove the runbook.",
  check(subject, world) {
    const declared = [...alarms(world), ...alerts(world)];
    if (declared.length === 0)
      return [{ path: ["title"], message: "no alarm is among the subjects", unknown: true }];
    const name = subject.name.split("/").at(-1) ?? "";
    return declared.includes(name) ? [] : finding("title", `no alarm is called ${name}`);
  },
  examples: {
    good: {
      subjects: [
        { type: "runbook", name: "alerts/SiteSlow", properties: { area: "alerts" } },
        { surface: "stack", type: ALARMS[0]!, name: "SiteSlow-learn", properties: {} },
      ],
    },
    bad: {
      subjects: [
        { type: "runbook", name: "alerts/SiteFast", properties: { area: "alerts" } },
        { surface: "stack", type: ALARMS[0]!, name: "SiteSlow", properties: {} },
      ],
    },
  },
});
