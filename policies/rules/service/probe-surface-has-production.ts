// One rule; what a rule is stands in policies/engine/rule.ts.
import { finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { records } from "../../engine/service/questions";
import { isRecord } from "../../engine/value";

export default defineRule({
  id: "probe-surface-has-production",
  severity: "medium",
  applies: [{ surface: "service", types: ["probe-catalogue"] }],
  clauses: ["PERF-INTERACT", "PERF-SIMPLE", "PERF-COMPLEX"],
  title: "Every probed surface has an endpoint in production and in staging",
  why: "The contract's response times are those of production; a release is measured in staging first.",
  remedy: "Add the endpoint under surfaces.endpoints of policies/service/probes.yaml.",
  check: (subject) =>
    records(valueAt(subject, "surfaces")).flatMap(({ at, of: { name, endpoints } }) =>
      ["prod", "staging"]
        .filter((environment) => !isRecord(endpoints) || endpoints[environment] === undefined)
        .flatMap((environment) =>
          finding(["surfaces", at, "endpoints"], `${String(name)} has no endpoint in ${environment}`),
        ),
    ),
  examples: {
    good: {
      subjects:
        "surfaces: [{ name: pc-site, endpoints: { prod: https://a.example, staging: https://b.example } }]\n",
    },
    bad: { subjects: "surfaces: [{ name: pc-site, endpoints: { staging: https://b.example } }]\n" },
  },
});
