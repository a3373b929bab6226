// One rule; what a rule is stands in policies/engine/rule.ts.
import { among, present } from "../../engine/expect";
import { alertsOf, PROMETHEUS_RULE } from "../../engine/kubernetes/alerts";
import { object } from "../../engine/kubernetes/examples";
import { defineRule } from "../../engine/rule";

const alert = (fields: string): string =>
  object(PROMETHEUS_RULE, {
    spec: `groups: [{ name: contract, rules: [{ alert: AppDown, for: 2m, ${fields} }] }]`,
  });

export default defineRule({
  id: "alert-has-priority",
  severity: "high",
  applies: [{ surface: "kubernetes", types: [PROMETHEUS_RULE] }],
  clauses: ["SLA-P1", "SLA-P2", "SLA-P3", "SLA-P4"],
  title: "Every alert has a priority of the contract, a summary, and a time it must last",
  why: "The priority starts the clock of 10 or 30 minutes; without a duration one slow scrape wakes somebody.",
  remedy: "Add labels.priority (P1 to P4), annotations.summary and for.",
  check: (subject) =>
    alertsOf(subject).flatMap(({ path }) => [
      ...among(subject, [...path, "labels", "priority"], ["P1", "P2", "P3", "P4"]),
      ...present(subject, [...path, "annotations", "summary"], "one sentence"),
      ...present(subject, [...path, "for"], "a duration"),
    ]),
  examples: {
    good: { subjects: alert("labels: { priority: P1 }, annotations: { summary: The app is down }") },
    bad: { subjects: alert("labels: { severity: critical }, annotations: { summary: The app is down }") },
  },
});
