// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, undecided, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { isList, isRecord, isUnknown, type PlannedValue } from "../../engine/value";

const TYPE = "alicloud:rds/instance:Instance";

const WANTED: Readonly<Record<string, readonly string[]>> = {
  log_connections: ["on"],
  log_disconnections: ["on"],
  log_lock_waits: ["on"],
  log_statement: ["ddl", "mod", "all"],
};

export default defineRule({
  id: "rds-logs-what-matters",
  severity: "medium",
  applies: [{ surface: "stack", types: [TYPE] }],
  clauses: ["SEC-LOGS", "SEC-CONFIG"],
  standards: [
    { standard: "GB/T 22239-2019", clause: "8.1.4.3" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.7" },
    { standard: "CIS Alibaba Cloud Foundation Benchmark v2.0.0", clause: "6.8" },
  ],
  title: "The database logs connections, lock waits, DDL and slow statements",
  why: "Without them a slowdown leaves nothing behind to explain it.",
  remedy:
    "Give parameters log_connections, log_disconnections and log_lock_waits on, log_statement ddl, and log_min_duration_statement.",
  check: (subject) => {
    const parameters = valueAt(subject, "parameters");
    if (isUnknown(parameters)) return undecided("parameters", parameters, "logging parameters");
    const given = new Map(
      (isList(parameters) ? parameters : []).map((each) =>
        isRecord(each) ? [each.name, each.value] : [],
      ) as [PlannedValue, PlannedValue][],
    );
    return Object.entries(WANTED)
      .filter(([name, values]) => !values.includes(String(given.get(name))))
      .flatMap(([name, values]) =>
        finding("parameters", `${name} is ${given.get(name) ?? "not set"}; expected ${values.join(" or ")}`),
      );
  },
  examples: {
    good: {
      subjects: [
        {
          type: TYPE,
          name: "main",
          properties: {
            parameters: [
              { name: "log_connections", value: "on" },
              { name: "log_disconnections", value: "on" },
              { name: "log_lock_waits", value: "on" },
              { name: "log_statement", value: "ddl" },
            ],
          },
        },
      ],
    },
    bad: {
      subjects: [
        { type: TYPE, name: "main", properties: { parameters: [{ name: "log_connections", value: "off" }] } },
      ],
    },
  },
});
