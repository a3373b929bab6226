// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, expectValue, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:rds/instance:Instance";

export default defineRule({
  id: "rds-disk-grows",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "The database's disk grows before it is full",
  why: "A full disk locks the instance: nobody can study, and nobody can pay.",
  remedy: "Set storageAutoScale: Enable with a storageUpperBound above instanceStorage.",
  check: (subject) => [
    ...equals(subject, "storageAutoScale", "Enable"),
    ...expectValue(
      subject,
      "storageUpperBound",
      (bound) => typeof bound === "number" && bound > Number(valueAt(subject, "instanceStorage")),
      "more than instanceStorage",
    ),
  ],
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: { instanceStorage: 500, storageAutoScale: "Enable", storageUpperBound: 1000 },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { instanceStorage: 500, storageAutoScale: "Disable" } },
      ],
    },
  },
});
