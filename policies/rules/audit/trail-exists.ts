// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { others } from "../../engine/stack";

const TYPE = "pulumi:pulumi:Stack";

const TRAIL = "alicloud:actiontrail/trail:Trail";

export default defineRule({
  id: "trail-exists",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ name, environment }) => name.endsWith("-watch") && environment !== "dr",
  clauses: ["ARC-EVENTS"],
  standards: [{ standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "2.1" }],
  title: "Every environment that watches has an audit trail",
  why: "An account without a trail forgets who did what after 90 days.",
  remedy:
    "Declare an actiontrail.Trail in the watch layer; the second region is covered by the trail of the account.",
  check: (subject, world) =>
    others(subject, world, TRAIL).length > 0
      ? []
      : finding("", "this environment declares no trail; expected one"),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "netedu-prod-watch", properties: {} },
        { type: TRAIL, name: "trail", properties: {} },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "netedu-prod-watch", properties: {} }] },
  },
});
