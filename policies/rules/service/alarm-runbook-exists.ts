// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { records } from "../../engine/service/questions";
import type { Subject } from "../../engine/subject";

const METRIC = "alicloud:cms/alarm:Alarm";
const LOG = "alicloud:sls/alert:Alert";

/** What an alarm names: a tag without .md of a metric's, an annotation with the whole path of a log's. */
function runbookOf(subject: Subject): string | undefined {
  const tag = valueAt(subject, "tags.runbook");
  if (typeof tag === "string") return `runbooks/${tag}.md`;
  const note = records(valueAt(subject, "configuration.annotations")).find(({ of }) => of.key === "runbook");
  return typeof note?.of.value === "string" ? note.of.value : undefined;
}

export default defineRule({
  id: "alarm-runbook-exists",
  severity: "high",
  applies: [{ surface: "stack", types: [METRIC, LOG] }],
  clauses: ["SLA-P1", "SLA-P2", "SVC-REMOTE"],
  title: "Every alarm names a runbook that exists",
  why: "Ten minutes to respond are gone before whoever is called has found out what the alarm means.",
  remedy:
    "Write runbooks/alerts/<AlarmName>.md and name it: tags.runbook of a metric alarm, the annotation `runbook` of a log alarm.",
  check(subject, world) {
    const file = runbookOf(subject);
    if (file === undefined) return finding("tags", "the alarm names no runbook");
    return world.hasFile(file) ? [] : finding("tags", `the alarm names ${file}, which does not exist`);
  },
  examples: {
    good: {
      subjects: [{ type: METRIC, name: "SiteSlow", properties: { tags: { runbook: "alerts/SiteSlow" } } }],
      files: ["runbooks/alerts/SiteSlow.md"],
    },
    bad: {
      subjects: [{ type: METRIC, name: "SiteSlow", properties: { tags: { runbook: "alerts/SiteSlow" } } }],
    },
  },
});
