// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding } from "../../engine/expect";
import { defineRule } from "../../engine/rule";

const TYPE = "alicloud:log/store:Store";

const INDEX = "alicloud:log/storeIndex:StoreIndex";

export default defineRule({
  id: "log-searchable",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-LOGS"],
  title: "Every log store can be searched",
  why: "Logs without an index cannot be analysed, and alarms over them never fire.",
  remedy: "Declare a log.StoreIndex whose logstore comes from this store.",
  check: (subject, world) =>
    world.referrers(subject, INDEX, "logstore").length > 0
      ? []
      : finding("", "no index takes its logstore from here; expected one"),
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "jobs", properties: {} },
        { type: INDEX, name: "jobs-index", properties: {}, references: { logstore: ["jobs"] } },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "jobs", properties: {} }] },
  },
});
