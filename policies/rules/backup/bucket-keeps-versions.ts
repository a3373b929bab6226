// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { notDrill } from "../../engine/stack";

const TYPE = "alicloud:oss/bucket:Bucket";

const VERSIONING = "alicloud:oss/bucketVersioning:BucketVersioning";
const WORM = "alicloud:oss/bucketWorm:BucketWorm";

export default defineRule({
  id: "bucket-keeps-versions",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: notDrill,
  clauses: ["DATA-MISTAKE", "DR-RESTORE"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.9" }],
  title: "Every bucket keeps what is overwritten or deleted",
  why: "An object that was overwritten by mistake has no other copy of its earlier state.",
  remedy:
    "Declare an oss.BucketVersioning with status Enabled, or an oss.BucketWorm where nothing may change at all.",
  check: (subject, world) => {
    const versioned = world
      .referrers(subject, VERSIONING, "bucket")
      .some((versioning) => valueAt(versioning, "status") === "Enabled");
    const locked = world.referrers(subject, WORM, "bucket").length > 0;
    return versioned || locked
      ? []
      : finding(
          "",
          "neither versioning nor a retention lock takes its bucket from here; expected one of them",
        );
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "courses", properties: {} },
        {
          type: VERSIONING,
          name: "courses-versions",
          properties: { status: "Enabled" },
          references: { bucket: ["courses"] },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "courses", properties: {} }] },
  },
});
