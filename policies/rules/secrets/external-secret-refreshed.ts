// One rule; what a rule is stands in policies/engine/rule.ts.
import { expectValue } from "../../engine/expect";
import { object } from "../../engine/kubernetes/examples";
import { secondsOf } from "../../engine/kubernetes/objects";
import { defineRule } from "../../engine/rule";

const EXTERNAL = "external-secrets.io/v1/ExternalSecret";
const HOUR = 3600;

export default defineRule({
  id: "external-secret-refreshed",
  severity: "medium",
  applies: [{ surface: "kubernetes", types: [EXTERNAL] }],
  clauses: ["CONF-PLEDGE", "MNT-OTHER"],
  standards: [{ standard: "GB/T 22239-2019", clause: "8.1.4.8" }],
  title: "A secret that was changed in KMS is in the cluster within the hour",
  why: "With 0 it is fetched once and never again: after a leak the old credential stays in use.",
  remedy: "Set refreshInterval between 1m and 1h.",
  check: (subject) =>
    expectValue(
      subject,
      "spec.refreshInterval",
      (value) => {
        const seconds = secondsOf(value);
        return seconds !== undefined && seconds >= 60 && seconds <= HOUR;
      },
      "between 1m and 1h",
    ),
  examples: {
    good: { subjects: object(EXTERNAL, { spec: "refreshInterval: 15m" }) },
    bad: { subjects: object(EXTERNAL, { spec: "refreshInterval: '0'" }) },
  },
});
