// One rule; what a rule is stands in policies/engine/rule.ts.
import { atLeast, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import type { Subject } from "../../engine/subject";

const TYPE = "alicloud:cs/nodePool:NodePool";

/** A pool for batch jobs may have no nodes between two jobs. */
const forJobs = (pool: Subject): boolean => valueAt(pool, "labels.0.value") === "jobs";

export default defineRule({
  id: "nodes-at-least-two",
  severity: "high",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: (subject) => subject.environment === "prod" && !forJobs(subject),
  clauses: ["SLA-P1", "SVC-PATROL"],
  title: "Every pool of production has at least two nodes",
  why: "A pool of one node is down whenever that node is updated.",
  remedy: "Set scalingConfig.minSize to at least 2.",
  check: (subject) => atLeast(subject, "scalingConfig.minSize", 2),
  examples: {
    good: { subjects: [{ type: TYPE, name: "main", properties: { scalingConfig: { minSize: 3 } } }] },
    bad: { subjects: [{ type: TYPE, name: "main", properties: { scalingConfig: { minSize: 1 } } }] },
  },
});
