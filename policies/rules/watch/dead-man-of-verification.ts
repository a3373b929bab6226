// One rule; what a rule is stands in policies/engine/rule.ts.
import { equals, finding, valueAt } from "../../engine/expect";
import { defineRule } from "../../engine/rule";
import { others } from "../../engine/stack";

const TYPE = "pulumi:pulumi:Stack";

const ALERT = "alicloud:sls/alert:Alert";

export default defineRule({
  id: "dead-man-of-verification",
  severity: "critical",
  applies: [{ surface: "stack", types: [TYPE] }],
  when: ({ name }) => name.endsWith("prod-watch"),
  clauses: ["DR-RESTORE", "KEY-WATCH"],
  title: "Somebody is told when the nightly verification says nothing",
  why: "A job that never started reports no failure.",
  remedy:
    "Declare the alert VerificationSilent, which fires when no verification reported for 26 hours, and on no data.",
  check: (subject, world) => {
    const found = others(subject, world, ALERT).find(
      (alert) => valueAt(alert, "displayName") === "VerificationSilent",
    );
    if (!found) return finding("", "no alert VerificationSilent is declared; expected one");
    return equals(found, "configuration.noDataFire", true).map((each) => ({ ...each, path: [] }));
  },
  examples: {
    good: {
      subjects: [
        { type: TYPE, name: "netedu-prod-watch", properties: {} },
        {
          type: ALERT,
          name: "silent",
          properties: { displayName: "VerificationSilent", configuration: { noDataFire: true } },
        },
      ],
    },
    bad: { subjects: [{ type: TYPE, name: "netedu-prod-watch", properties: {} }] },
  },
});
