// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, present } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:actiontrail/trail:Trail";

export default defineRule({
  id: "trail-records-everything",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["ARC-EVENTS"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "2.1" },
  ],
  title: "The audit trail records every call, in every region",
  why: "What is not recorded cannot be explained to the college, nor to an investigator.",
  remedy: "Set eventRw: All, trailRegion: All, status: Enable and a destination.",
  check: (subject) => [
    ...equals(subject, "eventRw", "All"),
    ...equals(subject, "trailRegion", "All"),
    ...equals(subject, "status", "Enable"),
    ...(present(subject, "slsProjectArn").length > 0
      ? present(subject, "ossBucketName", "a log project or a bucket")
      : []),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { eventRw: "All", trailRegion: "All", status: "Enable", slsProjectArn: "acs:log:…" },
        },
      ],
    },
    bad: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { eventRw: "Write", trailRegion: "All", status: "Enable", slsProjectArn: "acs:log:…" },
        },
      ],
    },
  },
});
